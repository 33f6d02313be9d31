from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from ledger.candidate import Answer
from ops.simulator import market
from risk import document
from risk.compile import days_since_epoch
from tests.projections.book import Book

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
LAST = date(2026, 11, 21)
RULES = document.load_all()


class Monitor:
    """A ledger with views, a clock that stands still, and the monitor's connection."""

    def __init__(self, dsn: str) -> None:
        self.book = Book(dsn)
        self.dsn = dsn
        self.connection = psycopg.connect(dsn, autocommit=True)

    def submit(self, events: Sequence[dict[str, Any]]) -> Sequence[Answer]:
        return self.book.submit(events)

    def now(self) -> datetime:
        return NOW

    def close(self) -> None:
        self.connection.close()
        self.book.close()


@pytest.fixture
def monitor(database_url: str) -> Iterator[Monitor]:
    monitor = Monitor(database_url)
    monitor.book.follow()
    yield monitor
    monitor.close()


@pytest.fixture
def played(monitor: Monitor) -> tuple[Monitor, market.Market]:
    """A small market of ninety days with all its planted frauds, in the views."""
    small = market.build(7, LAST, scale=0.02)
    monitor.book.submit([delivery.event for delivery in small.deliveries])
    monitor.book.follow()
    return monitor, small


@pytest.fixture
def days() -> Callable[[date, date], list[int]]:
    return lambda first, last: list(range(days_since_epoch(first), days_since_epoch(last) + 1))
