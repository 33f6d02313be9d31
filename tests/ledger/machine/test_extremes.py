"""Sums beyond 64 bits: each amount is the largest that may be said, and there are more than 1,024 of them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from ledger.events.base import MAX_AMOUNT
from projections.audit import audit
from projections.catalogue import VIEWS
from tests.ledger.given import Event
from tests.ledger.stories import (
    bid,
    campaign,
    closed,
    deposit,
    fee,
    loan,
    market,
    on_loan,
    on_pledge,
    pledge,
    release,
    repayment,
)
from tests.projections.book import Book
from tests.projections.oracle import disagreements

MANY = 1_100  # times 2 to the 53rd is more than 2 to the 63rd


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    book = Book(database_url)
    yield book
    book.close()


@pytest.mark.slow
def test_sums_beyond_64_bits(book: Book) -> None:
    """Neither the writer nor a view has a bound below any sum that can come about."""
    names = [f"P{n}" for n in range(MANY)]
    book.tell([*market(), campaign(goal=MAX_AMOUNT).but(cap=None), campaign("C2", goal=MAX_AMOUNT).but(cap=None)])
    book.tell([deposit(MAX_AMOUNT, "U", f"D{n}") for n in range(MANY)])
    book.tell([pledge(name, MAX_AMOUNT) for name in names])
    book.tell([on_pledge("collected", name) for name in names])
    book.tell([release(MAX_AMOUNT), fee(MAX_AMOUNT, "issuer"), on_pledge("refunded", amount=MAX_AMOUNT, name="P0")])
    book.tell([pledge(f"Q{n}", MAX_AMOUNT, campaign="C2") for n in range(MANY)])
    book.tell([closed("failed", name="C2")])  # one line of the entry is the sum of all
    lent = [loan(amount=MAX_AMOUNT), bid("b1", MAX_AMOUNT, "U"), on_loan("disbursed")]
    book.tell([*lent, repayment(MAX_AMOUNT, MAX_AMOUNT, penalty=MAX_AMOUNT, fee=MAX_AMOUNT)])
    book.tell(
        [Event("custody.reported", {"account": "1", "balance": MAX_AMOUNT, "currency": "CNY", "as_of": "2026-03-02"})]
    )
    statuses = book.follow()
    assert {status.state for status in statuses} == {"live"}, [status.error for status in statuses if status.error]
    with psycopg.connect(book.dsn) as connection:
        assert disagreements(connection) == []
    assert [difference for view in VIEWS.values() for difference in audit(book.dsn, view)] == []
