"""Batches of the log, read and decoded once for all views that stand at the same place."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import psycopg

from ledger.store import reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.recorded import Recorded

BATCH_EVENTS_MAX = 5_000
IDLE_SECONDS = 0.05
_KEPT = 3  # batches: views advance side by side, so that a slower one finds its next batch still here


class Batch(NamedTuple):
    """The events of the positions from `after` + 1 to `upto`. `events` is None where one of them can't be decoded."""

    after: int
    upto: int
    events: Sequence[Recorded] | None

    @classmethod
    def read(cls, connection: psycopg.Connection[Any], after: int, limit: int) -> Self:
        """The next `limit` positions, all of which have to be there."""
        # Positions are gapless, so what a batch covers is known even where types were left out of it.
        try:
            return cls(after, after + limit, reading.read_batch(connection, after, limit))
        except psycopg.Error:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, each view finds out whether it concerns it
            return cls(after, after + limit, None)


class Feed:
    """Shared by the threads of a runner; each reads with its own connection, but what one has read, all have."""

    def __init__(self, batch_events: int = BATCH_EVENTS_MAX) -> None:
        self._limit = batch_events
        self._lock = threading.Lock()
        self._kept: deque[Batch] = deque(maxlen=_KEPT)
        self._head = 0
        self._looked = 0.0

    def after(self, connection: psycopg.Connection[Any], position: int) -> Batch | None:
        """What follows `position`, None at the head. The head is asked for at most every 50 ms."""
        with self._lock:
            for batch in self._kept:
                if batch.after <= position < batch.upto:
                    return _behind(batch, position)
            now = time.monotonic()
            if position >= self._head:
                if now - self._looked < IDLE_SECONDS:
                    return None
                self._head, self._looked = reading.head(connection).position, now
                if position >= self._head:
                    return None
            batch = Batch.read(connection, position, min(self._limit, self._head - position))
            self._kept.append(batch)
            return batch


def _behind(batch: Batch, position: int) -> Batch:
    if position == batch.after or batch.events is None:
        return batch._replace(after=position)
    return Batch(position, batch.upto, [event for event in batch.events if event.position > position])
