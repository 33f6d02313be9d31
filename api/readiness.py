"""How far the log, its views and its seal have come."""

from __future__ import annotations

from typing import NamedTuple


class ViewStanding(NamedTuple):
    """How far a view has come. `error` says why one is parked."""

    name: str
    position: int
    lag_seconds: float
    state: str
    error: str | None


class SealingStanding(NamedTuple):
    """How much of the log is under a signed head, and under one that a witness has signed; why it stopped."""

    state: str  # waiting (nothing is signed yet), sealing, stopped
    size: int
    lag_seconds: float  # how old the first event is that the newest head doesn't cover
    witnessed: int
    reason: str | None


class Readiness(NamedTuple):
    """Where the log ends, where each view is, and how sealing stands."""

    position: int
    views: tuple[ViewStanding, ...]
    sealing: SealingStanding | None = None
