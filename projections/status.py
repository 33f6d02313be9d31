"""How far each view is: for `/readyz`, the metrics, and the headers of every read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from projections.catalogue import VIEWS
from projections.following import NEXT, SQL

if TYPE_CHECKING:
    import psycopg

    from projections.base import View


@dataclass(frozen=True, slots=True)
class ViewStatus:
    """One view.

    `state` is `live`; `parked` (by a poison event, see `error`); `outdated` or `ahead` (its tables are of an older or a
    newer version than this program: nobody folds them until it is rebuilt); `absent` (no runner ran yet).
    `lag_seconds` is the age of the oldest recorded event that is not in the view, 0 at the head.
    """

    name: str
    version: int | None
    position: int
    lag_events: int
    lag_seconds: float
    state: str
    error: str | None
    rebuilt_to: int | None  # how far a rebuild beside it has come; None where none runs

    @property
    def is_well(self) -> bool:
        """Whether the view is being kept."""
        return self.state == "live"


def status(connection: psycopg.Connection[Any], views: Iterable[View] | None = None) -> list[ViewStatus]:
    """Where each view stands, in the order of the catalogue."""
    rows = {row[0]: row for row in connection.execute(SQL["status"]).fetchall()}
    head = next((row[6] for row in rows.values()), 0)
    found = []
    for view in VIEWS.values() if views is None else views:
        rebuilt = rows.get(view.NAME + NEXT)
        row = rows.get(view.NAME)
        if row is None:
            found.append(ViewStatus(view.NAME, None, 0, head, 0.0, "absent", None, rebuilt[2] if rebuilt else None))
            continue
        name, version, position, state, error, _, head, lag_seconds = row
        if version != view.VERSION:
            state = "outdated" if version < view.VERSION else "ahead"
        lag = max(head - position, 0)
        found.append(
            ViewStatus(
                name, version, position, lag, max(lag_seconds, 0.0) if lag else 0.0, state, error,
                rebuilt[2] if rebuilt else None,
            )
        )  # fmt: skip
    return found


def position(connection: psycopg.Connection[Any], name: str) -> int:
    """Where one view stands. Ask before reading from it: what is read then is at least of that position."""
    row = connection.execute(SQL["position"], {"name": name}).fetchone()
    return row[0] if row else 0
