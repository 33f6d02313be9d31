"""What a second person said of a correction, kept under `approval:<scope>/<correction id>`."""

from __future__ import annotations

from ledger.states.base import State


class Approval(State, frozen=True):
    """Said once, of one correction of one event. Whoever asked and whoever answered are ids of keys or accounts."""

    granted: bool
    corrects: str  # id of the event that is to be reversed
    by: str
    asked_by: str | None
    at: int  # Unix microseconds
    reason: str | None = None  # of a rejection
