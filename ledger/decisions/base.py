"""What every decision takes and gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple, Protocol, TypeVar

import msgspec

from ledger.accounts import Posting
from ledger.candidate import Candidate
from ledger.events.checks import until
from ledger.events.naming import key
from ledger.kernel.refusals import Code, Missing, Refused
from ledger.recorded import Recorded
from ledger.states.base import State
from ledger.states.campaigns import Pledge
from ledger.states.registry import is_absent

S = TypeVar("S", bound=State)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Boundary(Protocol):
    """The states a decision may read. Reading is what ties the event to an entity: it becomes one of its tags."""

    def get(self, key: str) -> State | None:
        """The state of one entity, None where it has not arrived."""
        ...

    def prefetch(self, keys: Iterable[str]) -> None:
        """Say beforehand what will be read, where it is much (the holders of a loan)."""
        ...

    def recorded(self, source: str, name: str) -> Recorded | None:
        """An event that is in the log, with its data and postings; None where it is not."""
        ...

    def concerning(self, key: str, after: int) -> Iterator[Recorded]:
        """The events that are tagged with a key, behind a position, in order. Slow: for corrections that look around.

        Makes no tag, as with `pledges_of`.
        """
        ...

    def pledges_of(self, campaign: str) -> Iterator[Pledge]:
        """Every pledge of a campaign (a key) as it stands, in no order, each once. Slow: for what ends them together.

        Reading them this way makes them no tags: the campaign's own tag finds what happened to all of them.
        """
        ...


class Outcome(NamedTuple):
    """What an accepted event changes: new states by key, postings that sum to zero, further tags."""

    changes: Mapping[str, State]
    postings: tuple[Posting, ...] = ()
    concerns: tuple[str, ...] = ()


def look(boundary: Boundary, kind: type[S], key: str) -> S | None:
    """The state under `key`, None where it has not arrived or was corrected away."""
    state = boundary.get(key)
    return state if isinstance(state, kind) else None


def need(boundary: Boundary, kind: type[S], key: str) -> S:
    """The state under `key`; raises Missing where it has not arrived."""
    state = boundary.get(key)
    if isinstance(state, kind):
        return state
    raise Missing(key)


def need_all(boundary: Boundary, *keys: str) -> None:
    """Raise Missing with all of `keys` that have not arrived, so that the event waits for all of them at once."""
    missing = absent_of(boundary, *keys)
    if missing:
        raise Missing(*missing)


def absent_of(boundary: Boundary, *keys: str) -> list[str]:
    """Those of `keys` that have not arrived."""
    return [each for each in keys if is_absent(boundary.get(each))]


def absent(boundary: Boundary, kind: str, candidate: Candidate, name: str) -> str:
    """The key of an entity that this event creates; refused where it exists."""
    own = key(kind, candidate.scope, name)
    if not is_absent(boundary.get(own)):
        raise Refused(Code.ENTITY_EXISTS, f"{kind} {name!r} of {candidate.source} exists already; choose another id.")
    return own


def micros(moment: datetime) -> int:
    """Unix time in microseconds, exact."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


class _Time(msgspec.Struct):
    time: str


_time = msgspec.json.Decoder(_Time).decode
_moment = msgspec.json.Decoder(datetime).decode


def offset_of(candidate: Candidate) -> timezone:
    """The UTC offset in which the sender told the time. Only the body still has it."""
    sent = _moment(f'"{_time(candidate.body).time}"')
    return timezone(sent.utcoffset() or timedelta())


def until_micros(candidate: Candidate, text: str) -> int:
    """The instant of a `deadline`, `raise_until`, `valid_to`: a date means the end of that day where the sender is."""
    return micros(until(text, offset_of(candidate)))
