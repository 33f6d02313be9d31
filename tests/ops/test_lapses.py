"""Lapses: told once, by however many workers, where the law knows a window; and taken back by a late word."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from ops import lapses
from projections import pledges
from projections.following import connect
from tests.ledger.given import Event
from tests.ledger.stories import campaign, closed, market, on_pledge, platform, pledge
from tests.projections.book import Book
from tests.projections.oracle import disagreements

# 2026-03-10 10:00 in Shanghai is Tuesday 02:00 UTC; five working days later it is Tuesday the 17th.
CHANGED = "2026-03-10T10:00:00+08:00"
CHANGE = Event("campaign.amended", {"campaign": "C", "material": True}, time=CHANGED)
IN_TIME = datetime(2026, 3, 17, 2, tzinfo=UTC)
OVER = datetime(2026, 3, 17, 2, 0, 1, tzinfo=UTC)
SETTING = [platform(kinds=["reward", "equity"]), *market()[1:]]


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    book = Book(database_url)
    yield book
    book.close()


def open_in(book: Book, jurisdiction: str) -> None:
    book.tell([*SETTING, campaign(kind="equity", jurisdiction=jurisdiction, currency="CNY", deadline="2026-10-01")])
    book.tell([pledge("P"), pledge("Q", investor="V"), pledge("R", investor="W"), on_pledge("collected", "R"), CHANGE])
    book.tell([on_pledge("reconfirmed", "Q").at("2026-03-11T00:00:00Z")])
    book.follow()


def tell(book: Book, now: datetime = OVER) -> int:
    with connect(book.dsn) as connection:
        return lapses.tell(connection, book.submit, now)


def standing(book: Book) -> dict[str, Any]:
    book.follow()
    with psycopg.connect(book.dsn) as connection:
        assert not disagreements(connection)
        rows = pledges.listed(connection, campaign="campaign:huizhong/C")
        return {row.pledge: (row.status, row.refund_due) for row in rows}


def test_what_was_not_confirmed_in_time_lapses_once(book: Book) -> None:
    open_in(book, "US")
    assert tell(book, IN_TIME) == 0
    assert tell(book) == 1
    assert tell(book) == 0, "the log has it, the view not yet"
    assert standing(book) == {"P": ("lapsed", 0), "Q": ("pledged", 0), "R": ("collected", 100)}
    assert tell(book) == 0
    book.tell([on_pledge("reconfirmed", "P").at("2026-03-16T00:00:00Z")])
    assert standing(book)["P"] == ("pledged", 0)


def test_nothing_lapses_where_no_window_is_known(book: Book) -> None:
    open_in(book, "CN")
    assert tell(book) == 0
    assert standing(book)["P"] == ("pledged", 0)


def test_a_campaign_that_failed_has_nothing_left_to_lapse(book: Book) -> None:
    open_in(book, "US")
    book.tell([closed("failed", "2026-03-16T00:00:00Z").called("close")])
    assert tell(book) == 0, "the view doesn't know yet; the decision does"
    assert standing(book) == {"P": ("void", 0), "Q": ("void", 0), "R": ("collected", 100)}
    assert tell(book) == 0
    book.tell([Event("event.corrected", {"corrects": "close", "reason": "too early"})])
    book.follow()
    assert tell(book) == 1
    assert standing(book) == {"P": ("lapsed", 0), "Q": ("pledged", 0), "R": ("collected", 100)}


def test_two_workers_tell_it_once(book: Book) -> None:
    open_in(book, "US")
    told: list[int] = []
    gate = threading.Barrier(2)

    def work() -> None:
        gate.wait()
        told.append(tell(book))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(told) == [0, 1]
    with psycopg.connect(book.dsn) as connection:
        row = connection.execute("SELECT count(*) FROM events WHERE type = 'pledges.lapsed'").fetchone()
    assert row == (1,)


def test_a_worker_without_views_waits(database_url: str) -> None:
    with connect(database_url) as connection:
        assert lapses.tell(connection, lambda _events: [], OVER) == 0
