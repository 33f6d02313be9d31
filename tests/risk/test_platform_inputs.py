"""Inputs of the platform rules over real views: circles, arrears, chains of loans, costs, money owed back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.rows import dict_row

from projections.following import connect
from risk import inputs
from tests.ledger.given import Event
from tests.ledger.stories import (
    bid,
    campaign,
    closed,
    correct,
    deposit,
    loan,
    market,
    on_loan,
    on_pledge,
    party,
    pledge,
    repayment,
    sale,
    stands,
    undo,
    withdrawal,
)
from tests.projections.book import Book

JANUARY, FEBRUARY, MARCH, APRIL = (f"2026-0{month}-10T10:00:00+08:00" for month in (1, 2, 3, 4))
HEAD = 10**9


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    book = Book(database_url)
    book.tell([each.at("2026-01-02T10:00:00+08:00") for each in (*market(), party("operator"), party("boss"))])
    yield book
    book.close()


def rows(book: Book, name: str, *columns: str, cutoff: int = HEAD) -> list[tuple[Any, ...]]:
    book.follow()
    with connect(book.dsn) as connection:
        asked = {"cutoff": cutoff, "first_day": 0, "last_day": 10**6}
        cursor = connection.cursor(row_factory=dict_row).execute(inputs.statement(name), asked)
        found = cursor.fetchall()
    assert not found or found[0].keys() == inputs.INPUTS[name].columns.keys()
    return [tuple(row[column] for column in columns) for row in sorted(found, key=lambda row: row["position"])]


def related(one: str, other: str, relation: str, **data: Any) -> Event:
    return Event("party.related", {"party": one, "to": other, "relation": relation, **data}, time=JANUARY)


def lent(at: str = JANUARY, name: str = "L", amount: int = 900, **data: Any) -> list[Event]:
    """A loan from U, paid out at once."""
    terms = {"amount": amount, "raise_until": "2026-12-01", **data}
    offered = bid(f"b-{name}", amount).but(loan=name)
    return [each.at(at) for each in (loan(name, **terms), offered, on_loan("disbursed", name))]


def test_operators_circle_is_three_relations_wide(book: Book) -> None:
    book.tell([party(name).at(JANUARY) for name in ("wife", "firm", "far")])
    book.tell([related("boss", "operator", "officer"), related("wife", "boss", "family")])
    book.tell([related("wife", "firm", "owner", share="0.9"), related("far", "firm", "officer")])
    book.tell([related("V", "operator", "owner", share="0.2")])
    for number, name in enumerate(("operator", "boss", "wife", "firm", "far", "V", "B")):
        book.tell(lent(FEBRUARY, f"L{number}", borrower=name))
    found = rows(book, "v1.platform_act", "act", "insider", "hops")
    inside = [(insider.rpartition("/")[2], hops) for _, insider, hops in found if insider]
    assert inside == [("operator", 0), ("boss", 1), ("wife", 2), ("firm", 3)], "a fifth of the shares is no control"
    assert [act for act, _, _ in found] == ["disbursed"] * 7


def test_circle_is_what_was_known_at_the_cutoff(book: Book) -> None:
    book.tell(lent(FEBRUARY, borrower="boss"))
    (answer,) = book.tell([related("boss", "operator", "officer").called("tie")])
    assert answer.position is not None
    assert rows(book, "v1.platform_act", "hops", "first_link", cutoff=answer.position - 1) == [(None, None)]
    assert rows(book, "v1.platform_act", "hops", "first_link") == [(1, answer.position)]
    book.tell([correct("tie")])
    assert rows(book, "v1.platform_act", "hops", "first_link") == [(None, None)]
    assert rows(book, "v1.platform_act", "hops", cutoff=answer.position) == [(1,)]


def test_other_accounts_of_one_person_belong_to_the_circle(book: Book) -> None:
    identity = {"identity": {"scheme": "cn.resident_id", "number": "000000199001010000"}}
    book.tell([party("head", **identity).at(JANUARY), party("front", **identity).at(JANUARY)])
    book.tell([related("head", "operator", "owner"), *lent(FEBRUARY, borrower="front")])
    assert rows(book, "v1.platform_act", "insider", "hops") == [("party:huizhong/front", 2)]


def test_sale_in_arrears_to_fresh_money_is_distressed(book: Book) -> None:
    book.tell([deposit(5_000, "V", "early").at(JANUARY), *lent()])
    on_time = sale("U", "V", 100, 99).at("2026-02-09T10:00:00+08:00")
    late, cheap = sale("U", "W", 100, 95).at(MARCH), sale("U", "W", 100, 94).at(MARCH)
    book.tell([on_time, deposit(500, "W", "fresh").at("2026-03-01T10:00:00+08:00"), late, cheap])
    book.tell([sale("U", "V", 100, 100).at(MARCH)])
    found = rows(book, "v1.platform_act", "act", "position", "overdue", "distressed", "funded")
    sold = [row[2:4] for row in found if row[0] == "sold"]
    where = {row[1] for row in found if row[0] == "sold"}
    assert [overdue for overdue, _ in sold] == [0, 1, 1, 1]
    assert [distressed in where for _, distressed in sold] == [False, True, False, False], "only at 95 % and fresh"


def test_who_pays_for_a_borrower_that_is_behind(book: Book) -> None:
    book.tell([*lent(), repayment(70, 9, "R1").at(FEBRUARY), repayment(70, 9, "R2", payer="boss").at(MARCH)])
    book.tell([repayment(70, 9, "R3", payer="V").at(MARCH), bid("v", 10, "V").but(loan="M").at(JANUARY)], attempt=True)
    found = rows(book, "v1.platform_act", "act", "party", "overdue")
    paid = [(who.rpartition("/")[2], overdue) for act, who, overdue in found if act == "repaid"]
    assert paid == [("B", 1), ("boss", 1), ("V", 1)], "those of one moment do not see each other"


def test_restructuring_at_a_due_date(book: Book) -> None:
    book.tell(lent())
    for at in ("2026-02-08T10:00:00+08:00", "2026-02-24T10:00:00+08:00"):
        book.tell([on_loan("restructured", term_months=18, reason="late").at(at)])
    found = rows(book, "v1.platform_act", "act", "due_gap", "overdue")
    assert [row[1:] for row in found if row[0] == "restructured"] == [(2, 0), (14, 1)]


def test_acts_under_suspension_and_after_notice(book: Book) -> None:
    book.tell([deposit(300).at(JANUARY), stands("suspended", FEBRUARY), deposit(400, name="D2").at(MARCH)])
    about = {"kind": "platform", "id": "huizhong"}
    notice = {"disclosure": "N", "about": about, "category": "payment_notice"}
    book.tell([Event("disclosure.filed", notice, time="2026-04-08T10:00:00+08:00"), withdrawal(50).at(APRIL)])
    book.tell([Event("withdrawal.paid", {"withdrawal": "X"}, time=APRIL), stands("reinstated", "2026-05-01T00:00:00Z")])
    book.tell([deposit(1, name="D3").at("2026-05-02T10:00:00+08:00")])
    found = rows(book, "v1.platform_act", "act", "suspended", "noticed", "held")
    assert [(act, suspended is not None, noticed is not None, held) for act, suspended, noticed, held in found] == [
        ("deposited", False, False, 300), ("deposited", True, False, 700), ("withdrawn", True, True, 650),
        ("deposited", False, False, 651),
    ]  # fmt: skip


def test_loan_repaid_out_of_the_next(book: Book) -> None:
    same = {"purpose": "a new shop", "term_months": 1, "repayment": "bullet"}
    book.tell([*lent(JANUARY, "L", 900, **same), *lent(FEBRUARY, "M", 950, **same)])
    book.tell([repayment(900, 9).at("2026-02-12T10:00:00+08:00")])
    book.tell([related("W", "B", "family"), *lent(MARCH, "N", 990, **{**same, "borrower": "W", "purpose": "a car"})])
    book.tell([repayment(950, 9, "R2").but(loan="M").at("2026-03-15T10:00:00+08:00")])
    found = rows(book, "v1.rollover", "loan", "next_loan", "paid", "same_need", "link_position")
    short = [(one[-1], following[-1], paid, same, link is not None) for one, following, paid, same, link in found]
    assert short == [("L", "M", 909, 1, False), ("M", "N", 959, 0, True)]


def test_what_a_loan_really_cost(book: Book) -> None:
    book.tell(lent(JANUARY, "L", 73_000, annual_rate="0.1", term_months=1, repayment="bullet"))
    book.tell([Event("fee.charged", {"loan": "L", "amount": 730, "payer": "borrower"}, time=JANUARY)])
    book.tell([repayment(73_000, 600, name="R").at("2026-02-09T10:00:00+08:00")])
    found = rows(book, "v1.loan_cost", "basis", "lender_bp", "all_bp")
    # 600 on 73,000 for 30 days: 600 / 73,000 * 365 / 30 = 10 %; with the fee of 730, 22.16 %.
    assert found == [("terms", 1_000, 1_000), ("paid", 1_000, 2_216)]


def test_listing_against_its_market(book: Book) -> None:
    book.tell([each.at(JANUARY) for each in market()], "rongda")
    for number, rate in enumerate(("0.08", "0.09", "0.30")):
        book.tell([loan(f"O{number}", annual_rate=rate).at(JANUARY)], "rongda")
    book.tell([loan("L", fingerprint="f", annual_rate="0.2").at(FEBRUARY), bid("b1", 500).at(FEBRUARY)])
    book.tell([bid("b2", 400, "V").at("2026-02-10T10:00:50+08:00"), bid("b3", 1).at(MARCH)], attempt=True)
    own = rows(book, "v1.listing", "loan", "rate", "market", "need", "fill_seconds", "outcome")[-1]
    assert own == ("loan:huizhong/L", 2_000, 900, "f", 50, "listed")


def test_traits_of_borrowers(book: Book) -> None:
    book.tell(lent(fingerprint="f", purpose="for a small shop in the old town"))
    book.tell([repayment(70, 9, channel={"payment": "p", "ip": "i"}).at(FEBRUARY)])
    found = rows(book, "v1.borrower_trait", "trait", "value", "age", "roles")
    assert sorted(found) == [
        ("fingerprint", "f", 8, 0), ("ip", "i", 8, 0), ("payment", "p", 8, 0),
        ("purpose", "for a small shop in the old town", 8, 0),
    ]  # fmt: skip


def test_what_is_owed_back(book: Book) -> None:
    book.tell([campaign(), pledge("P", 900), pledge("Q", 50), pledge("R", 20), on_pledge("collected", "P")])
    book.tell([on_pledge("collected", "Q"), on_pledge("refunded", "Q", amount=50).at("2026-03-10T10:00:00+08:00")])
    assert rows(book, "v1.owed_back", "change") == []
    book.tell([closed("failed").called("end")])
    paid = on_pledge("refunded", "P", amount=100).at("2026-03-22T10:00:00+08:00").called("back")
    (answer,) = book.tell([paid])
    changes = [(key[-1], change) for key, change in rows(book, "v1.owed_back", "pledge", "change")]
    assert sorted(changes) == [("P", -100), ("P", 900), ("Q", -50), ("Q", 50)]
    assert answer.position is not None
    assert sum(change for (change,) in rows(book, "v1.owed_back", "change", cutoff=answer.position - 1)) == 900
    book.tell([*undo("back"), *undo("end")])
    assert rows(book, "v1.owed_back", "change") == []
