"""What every decision takes and gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from ledger.accounts import Posting
from ledger.candidate import Candidate, key
from ledger.kernel.refusals import Code, Missing, Refused
from ledger.recorded import Recorded
from ledger.states.base import State

S = TypeVar("S", bound=State)


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


class Outcome(NamedTuple):
    """What an accepted event changes: new states by key, postings that sum to zero, further tags."""

    changes: Mapping[str, State]
    postings: tuple[Posting, ...] = ()
    concerns: tuple[str, ...] = ()


def need(boundary: Boundary, kind: type[S], *keys: str) -> tuple[S, ...]:
    """The states of `keys`; raises Missing with all that have not arrived, so that the event waits for all of them."""
    found = [boundary.get(each) for each in keys]
    missing = [each for each, state in zip(keys, found, strict=True) if state is None]
    if missing:
        raise Missing(*missing)
    for state in found:
        assert isinstance(state, kind), (kind, state)
    return tuple(found)  # type: ignore[return-value]


def absent(boundary: Boundary, kind: str, candidate: Candidate, name: str) -> str:
    """The key of an entity that this event creates; refused where it exists."""
    own = key(kind, candidate.scope, name)
    if boundary.get(own) is not None:
        raise Refused(Code.ENTITY_EXISTS, f"{kind} {name!r} of {candidate.source} exists already; choose another id.")
    return own


def micros(moment: datetime) -> int:
    """Unix time in microseconds, exact."""
    seconds = int(moment.replace(microsecond=0).timestamp())
    return seconds * 1_000_000 + moment.microsecond
