"""The kept platform index: one computes, its first visitor waits a moment, nobody else does."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from api.scorecards import Indexes
from ops.index_kept import FRESH, PATIENCE_SECONDS, Kept

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class _Slow:
    """An index that is computed when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = 0
        self.now = NOW

    def __call__(self) -> Indexes:
        self.begun += 1
        assert self.go.wait(10)
        return Indexes(self.begun, self.now, {})


def _took(kept: Kept) -> float:
    started = time.monotonic()
    kept.ask()
    return time.monotonic() - started


def _until(kept: Kept, position: int) -> None:
    deadline = time.monotonic() + 10
    while (known := kept.ask()) is None or known.position < position:
        assert time.monotonic() < deadline, known
        time.sleep(0.01)


def test_only_who_begins_it_waits() -> None:
    slow = _Slow()
    kept = Kept(slow, lambda: slow.now)
    assert _took(kept) >= PATIENCE_SECONDS * 0.9
    assert max(_took(kept) for _ in range(5)) < PATIENCE_SECONDS / 2, "pages of a large market don't wait one by one"
    slow.go.set()
    _until(kept, 1)
    assert slow.begun == 1


def test_a_small_market_is_there_at_the_first_visit() -> None:
    slow = _Slow()
    slow.go.set()
    assert Kept(slow, lambda: slow.now).ask() == Indexes(1, NOW, {})


def test_an_old_one_is_shown_while_the_next_is_computed() -> None:
    slow = _Slow()
    slow.go.set()
    kept = Kept(slow, lambda: slow.now)
    _until(kept, 1)
    slow.go.clear()
    slow.now += FRESH + timedelta(seconds=1)
    assert _took(kept) < PATIENCE_SECONDS / 2
    assert kept.ask() == Indexes(1, NOW, {})
    slow.go.set()
    _until(kept, 2)
    assert slow.begun == 2


def test_one_that_fails_is_tried_again() -> None:
    tries = iter((RuntimeError("a view is being built"), Indexes(2, NOW, {})))

    def compute() -> Indexes:
        found = next(tries)
        if isinstance(found, RuntimeError):
            raise found
        return found

    kept = Kept(compute, lambda: NOW)
    kept.ask()
    _until(kept, 2)
