"""What a change of the law means for the present book: who breaks the one day's law and not the other's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from ledger.rulebook.loading import books
from ops.rulebooks.what_if import Turned, turned
from projections.snapshots import snapshot
from tests.ledger.given import Event
from tests.ledger.stories import bid, loan, on_loan, party
from tests.projections.book import Book
from tests.projections.test_breached import ANN, FIRM, house, offering, put

TODAY = date(2026, 3, 20)


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    book = Book(database_url)
    yield book
    book.close()


def ask(book: Book, pack: str, old: str, new: str) -> list[Turned]:
    book.follow()
    days = (date.fromisoformat(old), date.fromisoformat(new))
    with psycopg.connect(book.dsn, autocommit=True) as connection, snapshot(connection, "breaches"):
        return list(turned(connection, books()[pack], days, TODAY, lambda: None))


def test_the_step_of_2022_lowers_one_limit_and_raises_another(book: Book) -> None:
    """Income and net worth 110,000: 10 % until 2022-09-19, 5 % from then on. At 40,000 the floor rises to 2,500."""
    for scope in ("east", "west"):
        book.tell([*house(scope), party("I", **FIRM), party("U", **ANN), party("V"), offering()], scope)
    about = {"jurisdiction": "US", "currency": "USD"}
    for who, worth in (("U", 11_000_000), ("V", 4_000_000)):
        told = {"investor": who, **about, "annual_income": worth, "net_worth": worth}
        book.tell([Event("investor.declared", told, time="2026-01-02T10:00:00+08:00")], "east")
    book.tell([put("1", 500_000, "U")], "west")
    book.tell([put("2", 300_000, "U"), put("3", 230_000, "V")], "east")
    found = ask(book, "us-regcf", "2022-09-19", "2022-09-20")
    assert [(each.rule, each.outcome, each.figure, each.old_limit, each.new_limit) for each in found] == [
        ("us.regcf.investor_limit", "no_longer", 230_000, 220_000, 250_000),
        ("us.regcf.investor_limit", "would_breach", 800_000, 1_100_000, 550_000),
    ]
    assert found[1].who.startswith("person:")
    back = ask(book, "us-regcf", "2022-09-20", "2022-09-19")
    assert {each.outcome for each in back} == {"no_longer", "would_breach"}
    assert ask(book, "us-regcf", "2022-09-20", "2022-09-21") == []


def test_issuers_and_lenders_too(book: Book) -> None:
    book.tell([*house("east"), party("I", **FIRM), party("B", **FIRM), party("U", **ANN), offering()], "east")
    book.tell([put("1", 107_000_001)], "east")
    assert [(each.role, each.outcome) for each in ask(book, "us-regcf", "2021-03-14", "2021-03-15")] == [
        ("issuer", "no_longer")
    ]
    inr = {"jurisdiction": "IN", "currency": "INR"}
    lent = [loan("L", 100_000_001, **inr), bid("b", 100_000_001), on_loan("disbursed")]
    book.tell(lent, "east")
    found = ask(book, "in-p2p", "2017-10-03", "2017-10-04")
    assert {(each.role, each.rule) for each in found} == {
        ("borrower", "in.p2p.borrower_cap"), ("investor", "in.p2p.lender_cap"), ("investor", "in.p2p.pair_cap"),
    }  # fmt: skip
    later = ask(book, "in-p2p", "2019-12-22", "2019-12-23")
    assert ("in.p2p.lender_cap", "no_longer", 100_000_000, 500_000_000) in [
        (each.rule, each.outcome, each.old_limit, each.new_limit) for each in later
    ]
