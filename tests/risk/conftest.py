"""What the monitor's tests share: a ledger with views, a small market, a clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ledger.candidate import Answer
from ops.migrate import migrate
from ops.simulator import market
from risk import document
from risk.compile import days_since_epoch
from tests.conftest import _administer
from tests.projections.book import Book

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
LAST = date(2026, 11, 21)
RULES = document.load_all()


class Monitor:
    """A ledger with views, a clock that stands still, and the monitor's connection."""

    def __init__(self, dsn: str) -> None:
        self.book = Book(dsn)
        self.dsn = dsn
        self.ticks = 0
        self.connection = psycopg.connect(dsn, autocommit=True)

    def submit(self, events: Sequence[dict[str, Any]]) -> Sequence[Answer]:
        return self.book.submit(events)

    def now(self) -> datetime:
        """A clock of its own, that never says the same twice."""
        self.ticks += 1
        return NOW + timedelta(microseconds=self.ticks)

    def close(self) -> None:
        self.connection.close()
        self.book.close()


@pytest.fixture
def monitor(database_url: str) -> Iterator[Monitor]:
    monitor = Monitor(database_url)
    monitor.book.follow()
    yield monitor
    monitor.close()


@pytest.fixture(scope="session")
def small() -> market.Market:
    """A small market of ninety days, with all its planted frauds."""
    return market.build(7, LAST, scale=0.02)


@pytest.fixture(scope="session")
def market_template(postgres_dsn: str, template_database: str, small: market.Market) -> Iterator[str]:
    """The name of a database into which the market was played, views and all; each test gets a copy."""
    name = f"cl_market_{uuid4().hex[:12]}"
    _administer(postgres_dsn, "create_from", name=name, template=template_database)
    url = make_conninfo(postgres_dsn, dbname=name)
    migrate(url)  # the grants on a database itself are not copied with it
    book = Book(url)
    book.submit([delivery.event for delivery in small.deliveries])
    book.follow()
    book.close()
    _wait_until_left(postgres_dsn, name)
    yield name
    _administer(postgres_dsn, "drop", name=name)


@pytest.fixture
def played(postgres_dsn: str, market_template: str) -> Iterator[Monitor]:
    """The monitor of a ledger in which the small market was played."""
    name = f"cl_played_{uuid4().hex[:12]}"
    _administer(postgres_dsn, "create_from", name=name, template=market_template)
    url = make_conninfo(postgres_dsn, dbname=name)
    migrate(url)
    monitor = Monitor(url)
    yield monitor
    monitor.close()
    _administer(postgres_dsn, "drop", name=name)


def _wait_until_left(dsn: str, name: str) -> None:
    """A database can be copied only when the server has seen all its visitors off."""
    deadline = time.monotonic() + 10
    with psycopg.connect(dsn, autocommit=True) as connection:
        while connection.execute("SELECT FROM pg_stat_activity WHERE datname = %s", (name,)).rowcount:
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.fixture
def days() -> Callable[[date, date], list[int]]:
    return lambda first, last: list(range(days_since_epoch(first), days_since_epoch(last) + 1))
