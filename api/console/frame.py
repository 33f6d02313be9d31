"""What every page shows of the ledger itself: its end, the newest seal, how far the views are behind."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from api.console.words import SEVERITIES
from api.services import Services

LATE_SECONDS: Final = 30.0


class Pulse(NamedTuple):
    """How the ledger and its views are doing."""

    position: int
    size: int | None  # entries under the newest signed tree head; None before the first
    root: str
    lag_seconds: float  # of the slowest view
    stopped: list[str]  # views that nobody keeps at the moment
    late: bool


class Counted(NamedTuple):
    """What was sent and is not in the log: parked now, refused ever."""

    parked: int
    refused: int


def frame(services: Services) -> dict[str, Any]:
    """The values that the foot of a page needs."""
    ready = services.readiness()
    lag_seconds = max((view.lag_seconds for view in ready.views), default=0.0)
    stopped = [view.name for view in ready.views if view.state != "live"]
    size, root = _seal(services.reads.checkpoint().value)
    late = lag_seconds > LATE_SECONDS or bool(stopped)
    return {"pulse": Pulse(ready.position, size, root, lag_seconds, stopped, late)}


def counted(services: Services) -> Counted:
    """What the overviews show beside it."""
    return Counted(*services.reads.log_counts().value)


def open_alerts(services: Services) -> list[tuple[str, int]]:
    """How many alerts of each severity are not closed, most severe first."""
    counts = dict.fromkeys(SEVERITIES, 0)
    for each in services.reads.alert_counts().value:
        if each.status != "closed":
            counts[each.severity] += each.alerts
    return [*counts.items()]


def _seal(note: str | None) -> tuple[int | None, str]:
    """Size and root of a checkpoint: its second and third line (C2SP tlog-checkpoint)."""
    if note is None:
        return None, ""
    _origin, size, root, *_rest = note.split("\n")
    return int(size), root
