"""The writer thread: one per process. Callers hand in items and wait; whatever queued meanwhile is the next group."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import NamedTuple, Self

import psycopg
import structlog

from ledger.candidate import Answer
from ledger.identity import Keys, OneKey
from ledger.kernel import clock
from ledger.rulebook.enforcement import NOTHING, Enforcement
from ledger.store.boundary import StateCache
from ledger.store.group import Connections, Group, Item
from ledger.store.writes import SQL

GROUP_ITEMS_MAX = 2_000  # bounds how long the lock is held: about 0.2 s
QUEUE_ITEMS_MAX = 50_000
_GATHER_SECONDS = 0.002
_GATHER_ITEMS_MAX = 50
_RETRY_SECONDS = (0.0, 0.1, 0.5, 1.0)
_log = structlog.get_logger(__name__)


class Overloaded(Exception):
    """More is waiting than may wait. Nothing was taken; try again after a moment."""


class StoreUnavailable(Exception):
    """The database can't be reached, or went away before it answered. Send it again: what is recorded is found."""


Result = list[Answer] | Exception
Done = Callable[[Result], None]


class _Submission(NamedTuple):
    items: Sequence[Item]
    dry_run: bool
    done: Done


class Appender:
    """Appends groups to the log. `submit` may be called from any thread; answers are in the order of the items."""

    def __init__(
        self,
        dsn: str,
        keys: Keys | bytes,
        *,
        enforcement: Enforcement = NOTHING,
        queue_items_max: int = QUEUE_ITEMS_MAX,
    ) -> None:
        self._dsn = dsn
        self._keys = OneKey(keys) if isinstance(keys, bytes) else keys
        self._enforcement = enforcement
        self._queue_items_max = queue_items_max
        self._cache = StateCache()
        self._queue: deque[_Submission] = deque()
        self._queued_items = 0
        self._wake = threading.Condition()
        self._stopping = False
        self._connections: Connections | None = None
        self._failures = 0
        self._last_group_items = 0
        self.groups = 0
        self.events = 0
        self._thread = threading.Thread(target=self._run, name="appender", daemon=True)
        self._thread.start()

    @property
    def queued(self) -> int:
        """Items that wait for the next group."""
        return self._queued_items

    def submit(self, items: Sequence[Item], *, dry_run: bool = False) -> Future[list[Answer]]:
        """Append `items`; the future gives an answer for each or raises StoreUnavailable. Raises Overloaded at once."""
        future: Future[list[Answer]] = Future()

        def done(result: Result) -> None:
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

        self.submit_then(items, done, dry_run=dry_run)
        return future

    def submit_then(self, items: Sequence[Item], done: Done, *, dry_run: bool = False) -> None:
        """As `submit`, but `done` is called in the writer thread; it must be quick and must not raise."""
        with self._wake:
            if self._stopping:
                raise StoreUnavailable("the ledger is shutting down; send it again in a moment.")
            if self._queued_items and self._queued_items + len(items) > self._queue_items_max:
                raise Overloaded(f"{self._queued_items} items are waiting already.")
            self._queue.append(_Submission(items, dry_run, done))
            self._queued_items += len(items)
            self._wake.notify()

    def close(self) -> None:
        """Write what has queued, then stop."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- the writer thread

    def _run(self) -> None:
        while taken := self._take():
            self._write(taken)
        if self._connections is not None:
            self._connections.close()

    def _take(self) -> list[_Submission]:
        """The next group: submissions in order, whole, up to a bound; empty when stopping and all is done."""
        with self._wake:
            while not self._queue and not self._stopping:
                self._wake.wait()
            if self._last_group_items > 1 and not self._stopping:
                self._gather()
            taken: list[_Submission] = []
            size = 0
            while self._queue and (not taken or size + len(self._queue[0].items) <= GROUP_ITEMS_MAX):
                taken.append(self._queue.popleft())
                size += len(taken[-1].items)
            self._queued_items -= size
            self._last_group_items = size
            return taken

    def _gather(self) -> None:
        """Wait a moment for as many as came last time: their senders were just answered and are about to send again.

        A group's fixed cost is that of 20 events. A sender on its own is never kept waiting, nor is a full group.
        """
        wanted = min(self._last_group_items // 2, _GATHER_ITEMS_MAX)
        until = time.monotonic() + _GATHER_SECONDS
        while self._queued_items < wanted and (left := until - time.monotonic()) > 0:
            self._wake.wait(left)

    def _write(self, taken: list[_Submission]) -> None:
        try:
            results: list[Result] = list(self._write_group(taken))
            self._failures = 0
        except psycopg.OperationalError as error:
            self._disconnect(error)
            unavailable = StoreUnavailable(f"the database went away: {type(error).__name__}.")
            results = [unavailable for _ in taken]
        except Exception as error:  # noqa: BLE001 - whatever it is, every caller gets an answer and the thread lives
            self._disconnect(None)
            _log.exception("group_failed", submissions=len(taken))
            if len(taken) == 1:
                results = [error]
            else:  # one of them is the cause: alone it fails alone, and the others are written
                for submission in taken:
                    self._write([submission])
                return
        for submission, result in zip(taken, results, strict=True):
            submission.done(result)

    def _write_group(self, taken: list[_Submission]) -> list[list[Answer]]:
        connections = self._connect()
        kept = [each for each in taken if not each.dry_run]
        answers: dict[int, list[Answer]] = {}
        if kept:
            group = self._group(connections, [item for each in kept for item in each.items])
            for each in kept:
                answers[id(each)] = group.decide(each.items)
            group.commit(self._keys)
            self.groups += 1
            self.events += group.position - group.head
        for each in taken:
            if each.dry_run:
                answers[id(each)] = self._rehearse(connections, each)
        return [answers[id(each)] for each in taken]

    def _group(self, connections: Connections, items: Sequence[Item], *, dry_run: bool = False) -> Group:
        return Group(connections, self._cache, clock.now(), items, self._enforcement, dry_run=dry_run)

    def _rehearse(self, connections: Connections, submission: _Submission) -> list[Answer]:
        """Decide as if for real, then roll back: same answers, nothing recorded, positions as they would have been."""
        try:
            return self._group(connections, submission.items, dry_run=True).decide(submission.items)
        finally:
            connections.writer.rollback()

    def _connect(self) -> Connections:
        if self._connections is None:
            time.sleep(_RETRY_SECONDS[min(self._failures, len(_RETRY_SECONDS) - 1)])
            writer = connect(self._dsn)
            self._connections = Connections(writer, connect(self._dsn, autocommit=True))
        return self._connections

    def _disconnect(self, error: Exception | None) -> None:
        """After a failure the transaction's end is unknown: start from what the database says."""
        if error is not None:
            self._failures += 1
            _log.warning("store_unavailable", reason=str(error).strip(), failures=self._failures)
        if self._connections is not None:
            self._connections.close()
        self._connections = None
        self._cache.clear()
        self._cache.position = 0


def connect(dsn: str, *, autocommit: bool = False) -> psycopg.Connection:
    """A connection of the writer. It asks for durability, whatever the server's default: an answer means on disk."""
    connection = psycopg.connect(
        dsn,
        autocommit=autocommit,
        options="-c synchronous_commit=on",
        connect_timeout=5,
        application_name="crowdledger",
    )
    connection.execute(SQL["session"])
    if not autocommit:
        connection.commit()
    return connection
