"""The input `v1.first_transfer` over real views: who dealt with whom for the first time, as far as it was known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from projections.following import connect
from risk import inputs
from tests.ledger.given import Event
from tests.ledger.stories import correct, market
from tests.projections.book import Book

COLUMNS = list(inputs.INPUTS["v1.first_transfer"].columns)


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    book = Book(database_url)
    book.tell(market())
    book.tell(Event("party.registered", {"party": party, "kind": "person"}) for party in ("xA", "xB", "xD"))
    yield book
    book.close()


def moved(name: str, payer: str, payee: str, day: int) -> Event:
    data = {"transfer": name, "payer": "x" + payer, "payee": "x" + payee, "amount": 100, "currency": "CNY"}
    return Event("transfer.reported", data, time=f"2026-03-{day:02d}T10:00:00+08:00").called(name)


def rows(book: Book, cutoff: int = 10**9, first: int = 0, last: int = 10**6) -> list[tuple[Any, ...]]:
    """Payer, payee, day of March, times."""
    book.follow()
    with connect(book.dsn) as connection:
        bound = {"cutoff": cutoff, "first_day": first, "last_day": last}
        found = connection.execute(inputs.statement("v1.first_transfer"), bound).fetchall()
    named = sorted((dict(zip(COLUMNS, row, strict=True)) for row in found), key=lambda row: row["position"])
    return [(row["payer"][-1], row["payee"][-1], row["day"] - 20_512, row["times"]) for row in named]


def test_only_the_first_of_a_pair_whatever_its_direction(book: Book) -> None:
    book.tell([moved("1", "A", "B", 1), moved("2", "A", "B", 2), moved("3", "B", "A", 3), moved("4", "B", "D", 3)])
    assert rows(book) == [("A", "B", 1, 3), ("B", "D", 3, 1)]
    day = 20_512
    assert rows(book, first=day + 2) == [("B", "D", 3, 1)], "days cut rows; they make no second one the first"


def test_a_report_that_comes_late_takes_the_first_place(book: Book) -> None:
    (early,) = book.tell([moved("1", "A", "B", 5)])
    (late,) = book.tell([moved("2", "B", "A", 4)])
    assert rows(book) == [("B", "A", 4, 2)]
    assert early.position is not None
    assert rows(book, early.position) == [("A", "B", 5, 1)], "as it was known then"
    book.tell([correct("2")])
    assert rows(book) == [("A", "B", 5, 1)], "what was taken back never was"
    assert late.position is not None
    assert rows(book, late.position) == [("B", "A", 4, 2)]


def test_who_pays_himself_deals_with_nobody(book: Book) -> None:
    book.tell([moved("1", "A", "A", 1)])
    assert rows(book) == []
