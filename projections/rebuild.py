"""Builds views anew beside the live ones and switches when they have caught up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

import psycopg
import structlog

from ledger.store import reading
from projections import schemas
from projections.compare import Difference, differences
from projections.feed import BATCH_EVENTS_MAX, Feed
from projections.filling import Positions, RebuildFailed, fill
from projections.following import NEXT, SQL, Follower, connect
from projections.lanes import LANES, spread

if TYPE_CHECKING:
    from projections.base import View

__all__ = ["Progress", "RebuildFailed", "RebuildRunning", "Rebuilt", "rebuild"]

Progress = Callable[[Positions, int], None]  # position by view, head
_log = structlog.get_logger(__name__)


class RebuildRunning(Exception):
    """Another process rebuilds the view at this moment."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did: every event up to `position` was folded into each of `views`.

    `differences` are the tables in which a live view of the same version was not what the log says.
    """

    views: tuple[str, ...]
    position: int
    seconds: float
    differences: tuple[Difference, ...]


def rebuild(
    dsn: str,
    views: Sequence[View],
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    batch_events: int = BATCH_EVENTS_MAX,
) -> Rebuilt:
    """Fill `view_<name>__next` for each view, then switch. Readers see the old view until they see the new one whole.

    `progress` is called a few times a second. Raises RebuildRunning, RebuildFailed (also where `stop` was set).
    """
    started = time.monotonic()
    stop = stop or threading.Event()
    followers = {view.NAME: Follower(view, NEXT) for view in views}
    found: list[Difference] = []

    def beat(positions: Positions) -> None:
        if progress is not None:
            progress(positions, head)
        _pause(stop, 0)

    with connect(dsn) as connection:
        head = reading.head(connection).position
        try:
            for view in views:
                _lock(connection, view)
            for view in views:
                schemas.discard(connection, view.NAME + NEXT)
                schemas.create(connection, view, view.NAME + NEXT, "building")
            fill(dsn, connection, views, head, beat, batch_events)
            with ThreadPoolExecutor(LANES) as pool:
                list(pool.map(partial(_ready_to_read, dsn), chain(*spread(views))))
            for follower in followers.values():
                _take(connection, follower, stop)
                found += _compare(dsn, connection, follower)
                _switch(connection, follower, stop, batch_events)
        except RebuildFailed:
            for view in views:
                schemas.discard(connection, view.NAME + NEXT)
            raise
        finally:
            # Now, not whenever the server notices that the session has gone: the next rebuild may come at once.
            if not connection.closed:
                connection.execute(SQL["unlock_all"])
        position = min((follower.position for follower in followers.values()), default=0)
    return Rebuilt(tuple(followers), position, time.monotonic() - started, tuple(found))


def _lock(connection: psycopg.Connection[Any], view: View) -> None:
    # The lock is of this session, so that a rebuild that is killed frees it; what it left is thrown away by the next.
    row = connection.execute(SQL["try_lock"], {"name": f"{view.NAME}{NEXT}.rebuild"}).fetchone()
    if not (row and row[0]):
        raise RebuildRunning(f"View {view.NAME!r} is being rebuilt by another process already; wait for it.")


def _ready_to_read(dsn: str, view: View) -> None:
    with connect(dsn) as connection:
        schemas.index(connection, view, view.NAME + NEXT)
        schemas.analyze(connection, view.NAME + NEXT)


def _fail_where_parked(connection: psycopg.Connection[Any], followers: dict[str, Follower]) -> None:
    if any(follower.state == "parked" for follower in followers.values()):
        rows = {row[0]: row for row in connection.execute(SQL["status"]).fetchall()}
        errors = [f"{name}: {rows[name + NEXT][4]}" for name, each in followers.items() if each.state == "parked"]
        raise RebuildFailed("; ".join(errors))


def _take(connection: psycopg.Connection[Any], follower: Follower, stop: threading.Event) -> None:
    # The lane that filled it has closed its session; the server may need a moment to let go of the lock.
    while not follower.take(connection):
        _pause(stop, 0.05)


def _compare(dsn: str, connection: psycopg.Connection[Any], follower: Follower) -> list[Difference]:
    """A live view of the same version should be the same. Where it is not, that is news, and no reason to keep it."""
    with connect(dsn) as live:
        try:
            found = differences(live, connection, follower) or []
        except LookupError:  # there is no live view yet
            return []
    for each in found:
        _log.error("view_differed", view=each.view, table=each.table, position=each.position, difference=str(each))
    return found


def _switch(connection: psycopg.Connection[Any], follower: Follower, stop: threading.Event, batch_events: int) -> None:
    feed = Feed(batch_events)

    def catch_up(position: int) -> bool:
        """Inside the switch: only a little can be left, for the live view's cursor is locked meanwhile."""
        if position - follower.position > batch_events:
            return False
        fresh = Feed(batch_events)  # the other one has just asked for the head, and would not ask again so soon
        while follower.position < position:
            batch = fresh.after(connection, follower.position)
            if batch is None or not follower.follow(connection, batch):
                return False
        return True

    while True:
        follower.load(connection)
        _fail_where_parked(connection, {follower.view.NAME: follower})
        # The bulk of what came in since, outside of the lock.
        batch = feed.after(connection, follower.position)
        while batch is not None and follower.follow(connection, batch):
            batch = feed.after(connection, follower.position)
        if schemas.switch(connection, follower.view, catch_up):
            return
        _pause(stop, 0.05)


def _pause(stop: threading.Event, seconds: float) -> None:
    if stop.wait(seconds):
        raise RebuildFailed("The rebuild was stopped; views that have not been switched yet are as they were.")
