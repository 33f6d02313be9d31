"""Inputs of the cash, custody and control rules over real views, each as of a cutoff, too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ledger.given import Event
from tests.ledger.stories import (
    bid,
    correct,
    deposit,
    loan,
    market,
    on_loan,
    on_withdrawal,
    party,
    repayment,
    withdrawal,
)
from tests.projections.book import Book
from tests.risk.test_platform_inputs import lent, related, rows

AT = "2026-03-{:02d}T10:00:00+08:00"
FIRM = {"kind": "organisation", "identity": {"scheme": "cn.uscc", "number": "DEMO-OPERATOR"}}
PERSON = {"identity": {"scheme": "cn.resident_id", "number": "000000199001010001"}}


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    book = Book(database_url)
    known = (*market(), party("operator", **FIRM), party("known", **PERSON))
    book.tell([each.at("2026-01-02T10:00:00+08:00") for each in known])
    yield book
    book.close()


def stated(day: int, balance: int, account: str = "main") -> Event:
    data = {"account": account, "balance": balance, "currency": "CNY", "as_of": f"2026-03-{day:02d}"}
    return Event("custody.reported", data, time=f"2026-03-{day:02d}T23:59:59+08:00")


def test_withdrawals_and_their_ends(book: Book) -> None:
    book.tell([deposit(900).at(AT.format(1)), withdrawal(50, name="X").at(AT.format(2))])
    (paid,) = book.tell([on_withdrawal("paid", "X").at(AT.format(4)).called("end")])
    book.tell([withdrawal(60, name="Y").at(AT.format(5))])
    columns = ("withdrawal", "step", "ended")
    assert [row[1:] for row in rows(book, "v1.withdrawal", *columns)] == [("paid", paid.position), (None, None)]
    assert paid.position is not None
    assert rows(book, "v1.withdrawal", "step", cutoff=paid.position - 1) == [(None,)]
    book.tell([correct("end")])
    assert rows(book, "v1.withdrawal", "step") == [(None,), (None,)]


def test_one_lenders_deposit_before_anothers_payout(book: Book) -> None:
    def paid(name: str, amount: int, day: int, investor: str) -> list[Event]:
        return [withdrawal(amount, investor, name).at(AT.format(day)), on_withdrawal("paid", name).at(AT.format(day))]

    book.tell([deposit(900, "U", "D1").at(AT.format(1)), deposit(123, "V", "D2").at(AT.format(10))])
    book.tell(paid("X", 123, 10, "U"))
    book.tell([*paid("own", 123, 11, "V"), deposit(50, "W", "D3").at(AT.format(12)), *paid("late", 50, 14, "U")])
    found = rows(book, "v1.lender_swap", "taker", "giver", "swap", "rare")
    short = [
        (taker[-1], giver[-1] if giver else None, swap is not None, rare is not None)
        for taker, giver, swap, rare in found
    ]
    assert short == [("U", "V", True, True), ("V", None, False, False), ("U", None, False, False)]
    for number in range(2):
        book.tell([deposit(123, "W", f"usual{number}").at(AT.format(3))])
    assert rows(book, "v1.lender_swap", "rare")[0] == (None,), "three such deposits within a month"


def test_lender_who_repays_for_a_borrower(book: Book) -> None:
    book.tell([*lent(AT.format(1)), repayment(70, 9, payer="U").at(AT.format(20))])
    book.tell([repayment(70, 9, "R2", payer="V").at(AT.format(21)), repayment(70, 9, "R3").at(AT.format(22))])
    assert rows(book, "v1.lender_swap", "act", "giver") == [("repaid", "party:huizhong/U")]


def test_repayment_that_a_payment_firm_saw(book: Book) -> None:
    book.tell([*market(), party("firm", **FIRM), party("payer", **PERSON)], "tongfu")
    book.tell(lent(AT.format(1), borrower="known"))

    def moved(name: str, amount: int, day: int, payer: str = "payer") -> Event:
        data = {"transfer": name, "payer": payer, "payee": "firm", "amount": amount, "currency": "CNY"}
        return Event("transfer.reported", data, time=AT.format(day))

    book.tell([moved("T1", 80, 5), moved("T2", 80, 15), moved("T3", 80, 25, "U")], "tongfu")
    book.tell([repayment(40, 10).at(AT.format(7)), repayment(70, 10, "R2").at(AT.format(18))])
    found = rows(book, "v1.kept_repayment", "platform", "borrower", "paid", "passed_on", "missing")
    own = ("huizhong", "party:huizhong/known")
    assert found == [(*own, 80, 50, 30), (*own, 80, 0, 80)], "one in part, one too late; a stranger's is no repayment"


def test_cash_by_day(book: Book) -> None:
    book.tell(
        [deposit(900).at(AT.format(1)), *lent(AT.format(1)), withdrawal(0 + 5, "V").at(AT.format(2))], attempt=True
    )
    book.tell([repayment(70, 9).at(AT.format(20)), withdrawal(30, "U", "Y").at(AT.format(20))])
    book.tell([on_withdrawal("paid", "Y").at(AT.format(20)).called("out")])
    sums = [("deposits", "payouts", "repaid"), [(900, 0, 0), (0, 30, 79)]]
    assert rows(book, "v1.cash_day", *sums[0]) == sums[1]
    book.tell([correct("out")])
    assert rows(book, "v1.cash_day", "payouts")[-1] == (0,)


def test_runs_of_equal_statements(book: Book) -> None:
    book.tell([deposit(900, name="D1").at(AT.format(1)), stated(1, 900), deposit(5, name="D2").at(AT.format(2))])
    book.tell([stated(2, 900), stated(3, 900).called("third"), deposit(7, name="D3").at(AT.format(4)), stated(4, 905)])
    columns = ("run", "balance", "turnover", "net")
    found = rows(book, "v1.custody_step", *columns)
    first, last = found[0][0], found[-1][0]
    assert found == [(first, 900, 0, 0), (first, 900, 5, 5), (first, 900, 0, 0), (last, 905, 0, 0)]
    assert first != last
    book.tell([correct("third")])
    assert len(rows(book, "v1.custody_step", *columns)) == 3


def test_steps_of_control(book: Book) -> None:
    book.tell([related("U", "operator", "officer"), related("V", "operator", "owner", share="0.2")])
    book.tell([loan("L", annual_rate="0.2").at(AT.format(1)), stated(2, 5), stated(3, 6), stated(4, 1, "other")])
    found = rows(book, "v1.control_step", "act", "detail", "rate", "age")
    assert [row[:3] for row in found] == [
        ("control", "officer", None), ("listed", "loan:huizhong/L", 2_000), ("account", "main", None),
        ("account", "other", None),
    ]  # fmt: skip
    assert found[0][3] == 8


def test_core_lenders_gave_four_fifths(book: Book) -> None:
    offered = [bid("b1", 500, "U"), bid("b2", 300, "V"), bid("b3", 60, "W"), bid("b4", 40, "U")]
    book.tell([each.at(AT.format(1)) for each in (loan(), *offered, on_loan("disbursed"))])
    found = rows(book, "v1.funding", "lender", "amount")
    assert sorted(found, key=str) == [("party:huizhong/U", 540), ("party:huizhong/V", 300), (None, 900)]


def test_claims_that_the_operators_circle_holds(book: Book) -> None:
    offered = [bid("b1", 600, "operator"), bid("b2", 300, "V")]
    book.tell([each.at(AT.format(1)) for each in (loan(), *offered, on_loan("disbursed"))])
    sold = {"loan": "L", "seller": "operator", "buyer": "W", "principal": 200, "price": 200}
    book.tell([Event("claim.transferred", sold, time=AT.format(9))])
    found = rows(book, "v1.platform_act", "act", "party", "amount", "inside")
    own = [(act, amount) for act, who, amount, inside in found if who.endswith("operator") and inside is not None]
    assert own == [("lent", 600), ("resold", 200)]
    assert ("lent", "party:huizhong/V", 300, None) not in found
