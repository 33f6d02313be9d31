"""Threads that fold: each lane has a connection and some of the views, so that Python and PostgreSQL work at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import psycopg
import structlog

from projections.feed import IDLE_SECONDS, Feed
from projections.following import Follower, connect, is_transient

if TYPE_CHECKING:
    from projections.base import View

LANES = 2
_LOOK_SECONDS = 1.0  # how often a view that is not ours, or stands still, is looked at again
_RETRY_SECONDS = (0.1, 0.5, 1.0, 5.0)
# What a view costs per event, roughly, as measured: heavy views are spread over the lanes.
_WEIGHTS = {
    "balances": 10,
    "pledges": 7,
    "investors": 7,
    "platforms": 4,
    "campaigns": 4,
    "loans": 3,
    "transfers": 3,
    "breaches": 3,
}
_log = structlog.get_logger(__name__)


def spread(views: Sequence[View], lanes: int = LANES) -> list[list[View]]:
    """Views shared out so that the lanes have about the same to do."""
    parts: list[list[View]] = [[] for _ in range(min(lanes, max(len(views), 1)))]
    loads = [0] * len(parts)
    for view in sorted(views, key=lambda each: (-_WEIGHTS.get(each.NAME, 2), each.NAME)):
        lightest = loads.index(min(loads))
        parts[lightest].append(view)
        loads[lightest] += _WEIGHTS.get(view.NAME, 2)
    return parts


class Lane:
    """Some followers on one connection. One view's trouble holds up none of the others."""

    def __init__(self, dsn: str, followers: Sequence[Follower], feed: Feed) -> None:
        self._dsn = dsn
        self.followers = followers
        self._feed = feed
        self._failures: dict[str, int] = {}
        self._wait_until: dict[str, float] = {}

    def run(self, stop: threading.Event) -> None:
        """Follow until `stop`; a connection that is lost is made anew."""
        failures = 0
        while not stop.is_set():
            try:
                with connect(self._dsn) as connection:
                    failures = 0
                    self._start(connection)
                    while not stop.is_set():
                        if not self.step(connection):
                            stop.wait(IDLE_SECONDS)
            except Exception as error:  # noqa: BLE001
                # Not even a mistake of ours ends a lane: the others' views would stand still with nobody to say so.
                _log.warning("lane_restarts", reason=f"{type(error).__name__}: {error}".strip(), failures=failures)
                stop.wait(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])
                failures += 1

    def _start(self, connection: psycopg.Connection[Any]) -> None:
        self._wait_until.clear()
        for follower in self.followers:
            follower.locked = False

    def step(self, connection: psycopg.Connection[Any]) -> bool:
        """One batch for each view that has one. False where there was nothing to do."""
        progress = False
        for follower in self.followers:
            if time.monotonic() < self._wait_until.get(follower.name, 0.0):
                continue
            if not self._is_ready(connection, follower):
                self._wait_until[follower.name] = time.monotonic() + _LOOK_SECONDS
                continue
            batch = self._feed.after(connection, follower.position)
            if batch is not None:
                progress |= self._follow(connection, follower, batch)
        return progress

    def _is_ready(self, connection: psycopg.Connection[Any], follower: Follower) -> bool:
        if follower.locked and not follower.ready:
            follower.load(connection)  # it may have been resumed or rebuilt
        return follower.ready or (not follower.locked and follower.take(connection) and follower.ready)

    def _follow(self, connection: psycopg.Connection[Any], follower: Follower, batch: Any) -> bool:
        try:
            follower.follow(connection, batch)
        except Exception as error:
            if connection.closed or not is_transient(error):
                raise
            failures = self._failures[follower.name] = self._failures.get(follower.name, 0) + 1
            wait = _RETRY_SECONDS[min(failures, len(_RETRY_SECONDS)) - 1]
            self._wait_until[follower.name] = time.monotonic() + wait
            _log.warning("view_retries", view=follower.name, reason=str(error).strip(), failures=failures)
            follower.load(connection)
            return False
        self._failures.pop(follower.name, None)
        return True
