"""What is told of the log's own health: witnesses, stops of the sealing, pace, what waits and what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from ledger.store.reading import ParkedEvent

PARKED_LOOKED_AT = 10_000  # what waits is told from the oldest so many


class Witness(NamedTuple):
    """A witness's key, how many entries the newest head has that it signed, and when that head was made."""

    verifier_key: str
    size: int
    sealed_at: datetime | None


class Stop(NamedTuple):
    """Sealing was `stopped`, at which head and why, or `resumed`, in the words of whoever did."""

    kind: str
    at: datetime
    size: int
    reason: str


class Head(NamedTuple):
    """A signed tree head."""

    size: int
    sealed_at: datetime


class Minute(NamedTuple):
    """How many entries came under a signed head in a minute."""

    begins: datetime
    entries: int


class Waiting(NamedTuple):
    """What waits: how many since how long, for what kind of thing, for which things most.

    From the oldest PARKED_LOOKED_AT; `more`: there are others.
    """

    total: int
    more: bool
    ages: Sequence[tuple[str, int]]  # hour, day, week, longer: waiting for less than that
    kinds: Sequence[tuple[str, int]]  # campaign, investor, ...
    things: Sequence[tuple[str, int]]  # keys of entities


class Refused(NamedTuple):
    """How many items of a source were refused on a day (UTC), by reason."""

    day: date
    source: str
    code: str
    refused: int


class Health(NamedTuple):
    """How the log does, as of one moment."""

    witnesses: Sequence[Witness]
    stops: Sequence[Stop]  # newest first
    heads: Sequence[Head]  # newest first
    pace: Sequence[Minute]  # oldest first; minutes in which nothing was sealed are left out
    waiting: Waiting
    refused: Sequence[Refused]  # of the last days, newest first
    refused_ever: Sequence[tuple[str, int]]  # by reason


class Parked(NamedTuple):
    """An event that waits or waited; where it has been settled: when, how, and at which position."""

    event: ParkedEvent
    settled_at: datetime | None
    settled_position: int | None
    outcome: str | None
    arrived: Sequence[str]  # of what it waits for: what is in the log by now
    beside: int  # others that wait for the same first thing, at most 1,000
