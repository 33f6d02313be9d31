"""What a platform is told about its own reports: what was refused, what waits, what arrived and how late, its keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from api.access import Principal
from api.facts import Read
from ledger.store.reading import ParkedEvent, Refusal

KEYS_MAX: Final = 5  # in use at a time: two while one is replaced, and some for separate systems


class Wanted(NamedTuple):
    """Which of the held items, newest first; None is any. `since` and `until` bound when it came in, half open.

    `member`: a field of the event's data and its value. `before`: numbers below this.
    """

    code: str | None = None
    type: str | None = None
    id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    member: tuple[str, str] | None = None
    before: int | None = None


class Searched(NamedTuple):
    """Refused items that were found, and the number below which nothing was looked at yet; None: all was."""

    rows: list[Refusal]
    rest: int | None


class Held(NamedTuple):
    """A parked event, also one that has left the waiting room since. `outcome` is accepted or refused."""

    event: ParkedEvent
    settled_at: datetime | None
    settled_position: int | None
    outcome: str | None


class Fate(NamedTuple):
    """What became of an id; `position` None: it is parked."""

    id: str
    position: int | None
    at: datetime


class Mend(NamedTuple):
    """The event `id` was sent in the place of the refusal `number`."""

    number: int
    source: str
    id: str
    sent_by: str


class Sent(NamedTuple):
    """A recorded event of one's own, as a line."""

    position: int
    id: str
    type: str
    happened_at: datetime
    recorded_at: datetime


class RefusedOn(NamedTuple):
    """How often a code was given on a day (days since 1970-01-01, UTC)."""

    code: str
    day: int
    items: int


class Lateness(NamedTuple):
    """Recorded minus happened over the newest `events`; by band: within an hour, a day, a week, and later."""

    events: int
    median: timedelta | None
    ninth: timedelta | None  # nine of ten are at most this late
    bands: tuple[int, int, int, int]


class Ingest(NamedTuple):
    """How a platform's reporting does. Days are days since 1970-01-01, UTC, of when the ledger got to know."""

    accepted: int
    parked: int
    refused_ever: int
    last_received_at: datetime | None
    last_happened_at: datetime | None
    last_recorded_at: datetime | None
    days: tuple[int, int]  # the first and the last that `events` and `refused` are about
    events: list[tuple[int, int]]  # (day, recorded); a day without any is left out
    refused: list[RefusedOn]
    lateness: Lateness


class OwnKey(NamedTuple):
    """A key of the platform, without its text. Who made it is None where the command line did."""

    id: UUID
    name: str
    created_at: datetime
    created_by: str | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The keys of one source. Each change is written down with who did it."""

    listed: Callable[[str], list[OwnKey]]  # newest first
    create: Callable[[str, str, Principal], str | None]  # source, name, by; the text, once; None: KEYS_MAX are in use
    revoke: Callable[[str, UUID, Principal], bool]  # source, key, by; False where there is none in use


@dataclass(frozen=True, kw_only=True)
class Own:
    """Questions about one source; a number or an id of another source is as if it were not there."""

    refused: Callable[[str, Wanted, int], Read[Searched]]
    waiting: Callable[[str, Wanted, int], Read[list[ParkedEvent]]]
    refusal: Callable[[str, int], Read[Refusal | None]]
    held: Callable[[str, int], Read[Held | None]]
    fates: Callable[[str, Sequence[str]], Read[dict[str, Fate]]]
    mends: Callable[[str, Sequence[int]], Read[dict[int, Fate]]]
    mend: Callable[[Mend], None]
    # source, types (empty: any), below which position, how many
    sent: Callable[[str, Sequence[str], int | None, int], Read[list[Sent]]]
    ingest: Callable[[str, datetime], Read[Ingest]]  # source, now
    counts: Callable[[str], Read[tuple[int, int]]]  # parked now, refused ever
    keys: Keys
