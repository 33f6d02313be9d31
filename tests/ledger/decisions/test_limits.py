"""Limits that a platform asked to have enforced: exact to the cent, by the law of the day."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.kernel.refusals import Code
from ledger.rulebook.enforcement import Enforcement, enforcement
from ledger.rulebook.loading import books, in_force
from tests.ledger.given import Event, given
from tests.ledger.stories import bid, loan, market, on_loan, party, repayment

PERSON, ORGANISATION = "cn.p2p.cap.natural.platform", "cn.p2p.cap.legal.platform"
ENFORCED = Enforcement({"huizhong": [PERSON, ORGANISATION]})
CAP = 20_000_000


def borrowing(amount: int, name: str = "L", **data: str) -> Event:
    return loan(name, amount, **data)


def test_a_person_may_owe_up_to_the_cap() -> None:
    given(market(), enforcement=ENFORCED).when(borrowing(CAP)).then(party__B={"owed": {"CNY": CAP}})
    given(market(), enforcement=ENFORCED).when(borrowing(CAP + 1)).then_refused(Code.LIMIT_EXCEEDED, "art. 17")


def test_what_is_owed_already_counts_until_it_is_repaid() -> None:
    first = [*market(), borrowing(15_000_000), bid("b", 15_000_000), on_loan("disbursed")]
    second = borrowing(6_000_000, "L2")
    given(first, enforcement=ENFORCED).when(second).then_refused(Code.LIMIT_EXCEEDED, "21000000")
    given(first, repayment(1_000_000), enforcement=ENFORCED).when(second).then(party__B={"owed": {"CNY": CAP}})
    given(first, on_loan("written_off"), enforcement=ENFORCED).when(second).then_refused(Code.LIMIT_EXCEEDED)
    given(first, on_loan("settled"), enforcement=ENFORCED).when(second).then_accepted()
    given(market(), borrowing(CAP), on_loan("lapsed"), enforcement=ENFORCED).when(second).then_accepted()


def test_an_organisation_may_owe_more() -> None:
    firm = party("F").but(kind="organisation")
    given(market(), firm, enforcement=ENFORCED).when(borrowing(100_000_000, borrower="F")).then_accepted()
    given(market(), firm, enforcement=ENFORCED).when(borrowing(100_000_001, borrower="F")).then_refused(
        Code.LIMIT_EXCEEDED, ORGANISATION
    )


@pytest.mark.parametrize(
    ("event", "enforced"),
    [
        (borrowing(CAP + 1), Enforcement({})),  # nobody asked: a finding
        (borrowing(CAP + 1), Enforcement({"beijia": [PERSON]})),  # another platform asked
        (borrowing(CAP + 1), Enforcement({"huizhong": [ORGANISATION]})),  # for another limit
        (borrowing(CAP + 1, jurisdiction="GB"), ENFORCED),  # other law
        (borrowing(CAP + 1, currency="USD"), ENFORCED),  # not comparable
    ],
)
def test_elsewhere_a_breach_is_recorded(event: Event, enforced: Enforcement) -> None:
    given(market(), enforcement=enforced).when(event).then_accepted()


def test_the_law_of_the_day_where_the_sender_is() -> None:
    before = [each.at("2016-08-01T00:00:00+08:00") for each in market()]
    given(before, enforcement=ENFORCED).when(borrowing(CAP + 1).at("2016-08-16T23:00:00+08:00")).then_accepted()
    given(before, enforcement=ENFORCED).when(borrowing(CAP + 1).at("2016-08-16T16:00:00Z")).then_accepted()
    given(before, enforcement=ENFORCED).when(borrowing(CAP + 1).at("2016-08-17T00:00:00+08:00")).then_refused(
        Code.LIMIT_EXCEEDED
    )
    before_it = in_force(books(), "CN", "lending", {"trade": date(2016, 8, 16)})
    assert PERSON not in {each.rule.id for each in before_it if each.rule}


def test_what_is_enforced_is_data() -> None:
    given(market(), enforcement=enforcement(f'[enforce]\nhuizhong = ["{PERSON}"]\n')).when(
        borrowing(CAP + 1)
    ).then_refused(Code.LIMIT_EXCEEDED)
    with pytest.raises(ValueError, match="no rulebook has the limit"):
        enforcement('[enforce]\nhuizhong = ["cn.p2p.cap"]\n')
