"""One snapshot in which the log and every view stand at the same position."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg

from ops.export.entries import SQL
from projections.catalogue import VIEWS
from projections.following import SQL as FOLLOWING
from projections.runner import run_until
from projections.snapshots import snapshot
from projections.status import ViewStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

_TRIES: Final = 10
_PAUSE_SECONDS: Final = 0.05
_CATCH_UP_SECONDS: Final = 24 * 3600.0
_STOPPED_SECONDS_MAX: Final = 30.0


class ExportProblem(Exception):
    """The export can't be made. The message names the thing, the reason and the way out."""


@contextmanager
def at_one_position(dsn: str) -> Iterator[tuple[psycopg.Connection[Any], int]]:
    """A read-only connection and the position at which it sees the log and all views. Raises ExportProblem.

    Views are brought to the head first. Where events come in so fast that the views never stand at the same place,
    the append is held up for the moment that it takes them to get there.
    """
    _must_be_well(run_until(dsn, timeout_seconds=_CATCH_UP_SECONDS))
    with (
        psycopg.connect(dsn, autocommit=True, application_name="crowdledger export") as connection,
        ExitStack() as stack,
    ):
        connection.execute(FOLLOWING["take_role"])
        for _ in range(_TRIES):
            position = _stand(connection, stack)
            if position is not None:
                break
            time.sleep(_PAUSE_SECONDS)
        else:
            position = _stop_and_stand(dsn, connection, stack)
        yield connection, position


def _stand(connection: psycopg.Connection[Any], stack: ExitStack) -> int | None:
    """Enter a snapshot for as long as `stack` lives, where all views stand at one position in it: that position."""
    with ExitStack() as attempt:
        attempt.enter_context(snapshot(connection, *VIEWS))
        positions = dict(connection.execute(FOLLOWING["live_positions"]).fetchall())
        found = {positions[name] for name in VIEWS}
        if len(found) == 1:
            stack.enter_context(attempt.pop_all())
            return int(found.pop())
    return None


def _stop_and_stand(dsn: str, connection: psycopg.Connection[Any], stack: ExitStack) -> int:
    with psycopg.connect(dsn, autocommit=True, application_name="crowdledger export") as holder:
        holder.execute(SQL["hold_appends"])
        try:
            _must_be_well(run_until(dsn, timeout_seconds=_STOPPED_SECONDS_MAX))
            position = _stand(connection, stack)
        finally:
            holder.execute(SQL["let_appends"])
    if position is None:
        raise ExportProblem("The views do not stand at one position. See `crowdledger views list`, then export again.")
    return position


def _must_be_well(views: Sequence[ViewStatus]) -> None:
    for view in views:
        if view.state == "parked":
            raise ExportProblem(
                f"View {view.name} is parked, so it can't be exported: {view.error} "
                f"Mend what stopped it, then `crowdledger views resume {view.name}`."
            )
        if view.state != "live":
            raise ExportProblem(
                f"View {view.name} is {view.state}: its tables are not those of this program. "
                f"Run `crowdledger views rebuild {view.name}`, or start a worker, which does it."
            )
