"""The platform index of the newest months, kept for a while.

It is read from everything that ever happened, since a month is judged among all platforms: seconds with a million
events, so no page waits for it. Whoever asks gets what was last computed, and where that is old has it computed again
beside; the answer says as of which position and when. The API's own addresses compute it anew, with `known_at`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import psycopg
import structlog
from psycopg_pool import ConnectionPool

from api.scorecards import Indexes
from ledger.kernel import clock
from ops.questions import standing
from risk.index import inputs
from risk.index.combined import indexed

MONTHS: Final = 24
FRESH: Final = timedelta(minutes=10)
PATIENCE_SECONDS: Final = 0.2  # of the first visitor alone: a small market is there by then, a large one takes seconds
_log = structlog.get_logger(__name__)


def over(pool: ConnectionPool) -> Kept:
    """By the connections of a pool."""

    def renew() -> Indexes:
        with pool.connection() as connection:
            return compute(connection, clock.now())

    return Kept(renew, clock.now)


def compute(connection: psycopg.Connection, now: datetime) -> Indexes:
    """The newest months, from one snapshot."""
    with standing(connection, *inputs.VIEWS) as as_of:
        market = inputs.read(connection, as_of.position)
    newest = sorted(market, reverse=True)[:MONTHS]
    return Indexes(as_of.position, now, {month: indexed(market, month) for month in newest})


class Kept:
    """Safe to ask in any thread; at most one computes."""

    def __init__(self, compute: Callable[[], Indexes], now: Callable[[], datetime]) -> None:
        self._compute = compute
        self._now = now
        self._lock = threading.Lock()
        self._known: Indexes | None = None
        self._running: threading.Event | None = None

    def ask(self) -> Indexes | None:
        """The newest that is known; None where the first is still being computed, or could not be."""
        with self._lock:
            known, begun = self._known, None
            if self._running is None and (known is None or self._now() - known.at > FRESH):
                begun = self._running = threading.Event()
                threading.Thread(target=self._renew, args=(begun,), daemon=True, name="platform index").start()
        if known is None and begun is not None:
            begun.wait(PATIENCE_SECONDS)
        with self._lock:
            return self._known

    def _renew(self, done: threading.Event) -> None:
        found = None
        try:
            found = self._compute()
        except Exception as error:  # noqa: BLE001 - the pages say that it is not there, and the next visitor asks again
            _log.warning("platform_index_not_computed", reason=str(error))
        with self._lock:
            self._known = found or self._known
            self._running = None
        done.set()
