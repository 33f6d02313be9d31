"""Every refusal code of the contract, reached and named. What is missing here is decided where others test it."""

from __future__ import annotations

import pytest

from ledger.kernel.refusals import Code
from tests.ledger.given import Event, given
from tests.ledger.stories import (
    bid,
    campaign,
    closed,
    come_back,
    correct,
    deposit,
    funded,
    lent,
    licensed,
    loan,
    market,
    on_loan,
    on_pledge,
    on_withdrawal,
    party,
    platform,
    pledge,
    release,
    repayment,
    sale,
    withdrawal,
)

OPEN = [*market(), campaign()]
PROMISED = [*OPEN, pledge()]
LISTED = [*market(), loan()]

# code: (what is recorded, what is sent then)
REACHED: dict[Code, tuple[list[Event], Event]] = {
    Code.MALFORMED: (OPEN, pledge(amount=0)),
    Code.UNKNOWN_TYPE: (OPEN, pledge()._replace(type="pledge.dreamt")),
    Code.SOURCE_NOT_YOURS: (OPEN, licensed().by("platform:huizhong")),
    Code.TIME_IN_FUTURE: (OPEN, pledge().at("2036-01-01T00:00:00Z")),
    Code.PLATFORM_NOT_REGISTERED: (OPEN, party("U").by("platform:beijia")),
    Code.PLATFORM_NOT_LICENSED: ([platform(), party("I")], campaign()),
    Code.ENTITY_EXISTS: (PROMISED, pledge()),
    Code.CURRENCY_MISMATCH: (OPEN, pledge(currency="USD")),
    Code.CAMPAIGN_NOT_OPEN: ([*OPEN, closed()], pledge().at("2026-03-21T00:00:00Z")),
    Code.AFTER_DEADLINE: (OPEN, pledge().at("2026-04-02T00:00:00Z")),
    Code.BELOW_MINIMUM: (OPEN, pledge(amount=9)),
    Code.CAP_EXCEEDED: (PROMISED, pledge("P2", 1901)),
    Code.PLEDGE_NOT_OPEN: ([*PROMISED, on_pledge("cancelled")], on_pledge("collected")),
    Code.PLEDGE_NOT_COLLECTED: (PROMISED, on_pledge("refunded", amount=1)),
    Code.REFUND_EXCEEDS_COLLECTED: (funded(), on_pledge("refunded", amount=101)),
    Code.ESCROW_INSUFFICIENT: (funded(), release(101)),
    Code.LOAN_NOT_OPEN: (lent(), on_loan("disbursed")),
    Code.BID_NOT_OPEN: (lent(), Event("bid.withdrawn", {"bid": "b1"})),
    Code.NOT_FULLY_FUNDED: ([*LISTED, bid("b", 899)], on_loan("disbursed")),
    Code.OVERFUNDED: (LISTED, bid("b", 901)),
    Code.REPAYMENT_EXCEEDS_DUE: (lent(), repayment(901)),
    Code.CLAIM_NOT_HELD: (lent(), sale("W", "V", 101, 101)),
    Code.ALREADY_CORRECTED: ([*OPEN, pledge().called("p"), correct("p")], correct("p")),
    Code.WITHDRAWAL_NOT_OPEN: (
        [*market(), deposit(1), withdrawal(1), on_withdrawal("paid")],
        on_withdrawal("rejected", reason="x"),
    ),
    Code.RETURN_EXCEEDS_RELEASED: ([*funded(), release(40)], come_back(41)),
    Code.NOT_CORRECTABLE: ([*OPEN, pledge().called("p"), on_pledge("cancelled")], correct("p")),
}

ELSEWHERE = {
    Code.ID_REUSED: "tests/ledger/store: needs what is in the log",
    Code.LIMIT_EXCEEDED: "test_limits.py: needs a rulebook in enforce mode",
    Code.ALERT_NOT_OPEN: "tests/risk: alerts",
    Code.SECOND_PERSON_NEEDED: "tests/risk: alerts, test_approvals.py: corrections",
    Code.NOTHING_NEW: "tests/risk: alerts",
    Code.CORRECTION_REJECTED: "test_approvals.py",
    Code.CORRECTION_SETTLED: "test_approvals.py",
    Code.PARTY_UNKNOWN: "test_people_and_reports.py: erasures",
    Code.ALREADY_ERASED: "test_people_and_reports.py: erasures",
    Code.MUTE_NOT_OPEN: "test_mutes.py",
    Code.CASE_NOT_OPEN: "test_cases.py",
    Code.ALERT_IN_CASE: "test_cases.py",
    Code.REFERRAL_OPEN: "test_cases.py",
    Code.SANCTION_NOT_OPEN: "test_sanctions.py",
}


@pytest.mark.parametrize("code", REACHED)
def test_reached(code: Code) -> None:
    story, event = REACHED[code]
    given(story).when(event).then_refused(code)


def test_none_is_forgotten() -> None:
    assert set(Code) == REACHED.keys() | ELSEWHERE.keys()


ORDER = [
    # Of several codes that apply, the first of the contract's order is given.
    (Code.PLATFORM_NOT_LICENSED, [platform(), party("I"), party("U")], pledge()),
    (Code.ENTITY_EXISTS, PROMISED, pledge(currency="USD", amount=1)),
    (Code.CURRENCY_MISMATCH, [*OPEN, closed()], pledge(currency="USD", amount=1).at("2026-04-02T00:00:00Z")),
    (Code.CAMPAIGN_NOT_OPEN, [*OPEN, closed()], pledge(amount=1).at("2026-04-02T00:00:00Z")),
    (Code.AFTER_DEADLINE, OPEN, pledge(amount=1).at("2026-04-02T00:00:00Z")),
    (Code.BELOW_MINIMUM, [*market(), campaign(cap=1000, minimum=2000)], pledge(amount=1500)),
    (Code.AFTER_DEADLINE, [*LISTED, on_loan("lapsed")], bid("b", 901).at("2026-04-02T00:00:00Z")),
    (Code.LOAN_NOT_OPEN, [*LISTED, on_loan("lapsed")], bid("b", 901)),
]


@pytest.mark.parametrize(("code", "story", "event"), ORDER)
def test_the_first_that_applies_is_given(code: Code, story: list[Event], event: Event) -> None:
    given(story).when(event).then_refused(code)


def test_a_detail_names_the_thing_the_reason_and_the_way_out() -> None:
    given(PROMISED).when(pledge("P2", 1901)).then_refused(Code.CAP_EXCEEDED, "'C' has room for 1900, not 1901")
