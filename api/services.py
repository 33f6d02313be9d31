"""What the api is handed. It opens no connection and knows no setting: ops/compose.py builds this, tests fake it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, Protocol

from api.facts import Read
from api.gate import Gate
from api.latency import Latency
from api.posting.bridge import SubmitThen
from api.problems import Problem
from ledger.candidate import Candidate, Rejected
from ledger.states.base import State
from ledger.store.reading import ParkedEvent, Refusal


class Decode(Protocol):
    """`Intake.decode`."""

    def __call__(self, raw: bytes, sources: frozenset[str] | None, now: datetime) -> Candidate | Rejected:
        """One event, as a candidate or as what is wrong with it."""
        ...


class StoredEvent(NamedTuple):
    """A row of the log; `body` and `postings` are canonical JSON."""

    position: int
    source: str
    id: str
    type: str
    happened_at: datetime
    recorded_at: datetime
    body: bytes
    postings: bytes | None


class LoanDue(NamedTuple):
    """What a loan owes next, and for how long it has been owing."""

    next_due: date | None
    days_past_due: int


class ViewStanding(NamedTuple):
    """How far a view has come. `error` says why one is parked."""

    name: str
    position: int
    lag_seconds: float
    state: str
    error: str | None


class Readiness(NamedTuple):
    """Where the log ends, and where each view is."""

    position: int
    views: tuple[ViewStanding, ...]


@dataclass(frozen=True, kw_only=True)
class Reads:
    """Questions to the store and the views, each answered from one snapshot. `after` and `limit` bound a page."""

    event: Callable[[str, str], Read[StoredEvent | None]]
    parked_one: Callable[[str, str], Read[ParkedEvent | None]]
    parked: Callable[[str | None, int, int], Read[list[ParkedEvent]]]
    refusals: Callable[[str | None, int, int], Read[list[Refusal]]]
    states: Callable[[Sequence[str]], Read[Mapping[str, State]]]
    loan_due: Callable[[str, str], LoanDue | None]
    checkpoint: Callable[[], Read[str | None]]


@dataclass(frozen=True, kw_only=True)
class Services:
    """The parts behind the api. Every callable blocks, unless it says otherwise, and may be called in any thread."""

    submit_then: SubmitThen
    decode: Decode
    gate: Gate
    now: Callable[[], datetime]
    reads: Reads
    head_position: Callable[[], int]
    readiness: Callable[[], Readiness]
    metrics: Callable[[Latency], tuple[bytes, str]]  # the text and its media type
    # What an exception of the machinery (database gone, queue full) means to a caller; None for a mistake of ours.
    problem_of: Callable[[Exception], Problem | None]
    # Set when the server begins to stop: streams end with a 503 instead of holding it up.
    draining: threading.Event = field(default_factory=threading.Event)
    bench: bool = False  # serve POST /v1/bench/bare, the yardstick of the single post
