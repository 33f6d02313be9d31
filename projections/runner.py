"""Keeps all views up with the log, and rebuilds those whose program has a newer version."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import psycopg
import structlog

from ledger.store import reading
from projections import schemas
from projections.catalogue import VIEWS
from projections.feed import BATCH_EVENTS_MAX, IDLE_SECONDS, Feed
from projections.following import SQL, Follower, connect
from projections.lanes import Lane, spread
from projections.rebuild import RebuildFailed, RebuildRunning, rebuild
from projections.status import ViewStatus, status

if TYPE_CHECKING:
    from projections.base import View

_LOOK_SECONDS = 1.0
_FAILED_SECONDS = 60.0
_log = structlog.get_logger(__name__)


class Runner:
    """Follows the log until told to stop. Any number may run: a view is folded by the one that holds its lock."""

    def __init__(self, dsn: str, views: Sequence[View] | None = None, batch_events: int = BATCH_EVENTS_MAX) -> None:
        self._dsn = dsn
        self._views = list(VIEWS.values()) if views is None else list(views)
        self._feed = Feed(batch_events)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Follow in threads of its own; returns at once."""
        lanes = [Lane(self._dsn, [Follower(view) for view in part], self._feed) for part in spread(self._views)]
        for number, lane in enumerate(lanes):
            self._threads.append(
                threading.Thread(target=lane.run, args=(self._stop,), name=f"views-{number}", daemon=True)
            )
        self._threads.append(threading.Thread(target=self._upgrade, name="views-upgrade", daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the batches in hand, then stop. The next runner continues where this one ended."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def run(self, stop: threading.Event) -> None:
        """Follow until `stop` is set."""
        self.start()
        stop.wait()
        self.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _upgrade(self) -> None:
        """Make what is not there yet, rebuild what is of an older version; then look now and then."""
        wait = 0.0
        while not self._stop.wait(wait):
            try:
                wait = _FAILED_SECONDS if self._upgrade_once() else _LOOK_SECONDS * 10
            except RebuildRunning:
                wait = _LOOK_SECONDS  # somebody else does it
            except Exception as error:  # noqa: BLE001 - the thread has to live on; the status shows what it left undone
                _log.warning("views_not_upgraded", reason=f"{type(error).__name__}: {error}".strip())
                wait = _LOOK_SECONDS

    def _upgrade_once(self) -> bool:
        """True where a rebuild failed, which will fail again until the program or the log changes."""
        with connect(self._dsn) as connection:
            schemas.ensure(connection, self._views)
            schemas.sweep(connection)
            stored = {each.name: each for each in status(connection, self._views)}
        outdated = [view for view in self._views if stored[view.NAME].state == "outdated"]
        if not outdated:
            return False
        _log.info("views_upgrade", views=[view.NAME for view in outdated])
        try:
            rebuild(self._dsn, outdated, stop=self._stop)
        except RebuildFailed as error:
            _log.error("view_not_rebuilt", reason=str(error))
            return True
        return False


def run_until(
    dsn: str, position: int | None = None, views: Sequence[View] | None = None, *,
    batch_events: int = BATCH_EVENTS_MAX, timeout_seconds: float = 600.0,
) -> list[ViewStatus]:  # fmt: skip
    """Bring the views to `position` (the head, if absent) in this thread; their status then, parked ones as they are.

    Views that another runner follows are waited for. Raises TimeoutError.
    """
    chosen = list(VIEWS.values()) if views is None else list(views)
    deadline = time.monotonic() + timeout_seconds
    lane = Lane(dsn, [Follower(view) for view in chosen], Feed(batch_events))
    with connect(dsn) as connection:
        schemas.ensure(connection, chosen)
        target = _head(connection) if position is None else position
        while True:
            if not lane.step(connection):
                found = status(connection, chosen)
                if all(each.position >= target or each.state != "live" for each in found):
                    return found
                if time.monotonic() > deadline:
                    behind = ", ".join(f"{each.name} at {each.position}" for each in found if each.position < target)
                    raise TimeoutError(f"views did not reach position {target} in {timeout_seconds} s: {behind}")
                time.sleep(IDLE_SECONDS)


def _head(connection: psycopg.Connection[Any]) -> int:
    return reading.head(connection).position


def resume(connection: psycopg.Connection[Any], name: str) -> bool:
    """Let a parked view try again from where it stands, after its cause was mended. False where it was not parked."""
    return connection.execute(SQL["resume"], {"name": name}).rowcount > 0
