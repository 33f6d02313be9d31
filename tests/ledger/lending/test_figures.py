"""A loan on a day: arrears, accrual, prepayment, restructuring, in any order of telling."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.lending.days import add_months
from ledger.lending.effective import Effective
from ledger.lending.figures import Received, borrower_rate, bucket, figures, lender_rate
from ledger.lending.plan import DUE, ENDED, LATE, PAID, REPLACED
from ledger.lending.schedule import schedule
from ledger.lending.terms import Charge, History, Loss, Payment, Restructuring, Terms

BEGUN = date(2026, 1, 31)
LOAN = Terms(100_000, "0.12", 12, "equal_instalments")  # 8885 a month, the first 7885 + 1000
loans = st.builds(
    Terms,
    st.integers(10_000, 10**9),
    st.decimals(0, "0.4", places=4).map(str),
    st.integers(1, 36),
    st.sampled_from(["equal_instalments", "interest_only", "bullet"]),
)


def value(found: Effective) -> Decimal:
    assert found.rate is not None, found.reason
    return found.rate


def paid(*months: int, loan: Terms = LOAN, begun: date = BEGUN) -> tuple[Payment, ...]:
    """Those instalments (from 1), each on its day."""
    rows = schedule(loan, begun)
    return tuple(Payment(rows[month - 1].due, rows[month - 1].principal, rows[month - 1].interest) for month in months)


def test_nothing_paid() -> None:
    history = History(BEGUN)
    assert figures(LOAN, history, date(2026, 1, 30)).outstanding == 0
    on_the_day = figures(LOAN, history, date(2026, 2, 28))
    assert (on_the_day.next_due, on_the_day.days_past_due, on_the_day.bucket) == (date(2026, 2, 28), 0, "current")
    assert (on_the_day.arrears_principal, on_the_day.arrears_interest, on_the_day.accrued_interest) == (0, 0, 0)
    later = figures(LOAN, history, date(2026, 4, 15))
    assert (later.next_due, later.days_past_due, later.bucket) == (date(2026, 2, 28), 46, "31-60")
    assert (later.arrears_principal, later.arrears_interest) == (7885 + 7964, 1000 + 921)
    assert later.accrued_interest == 500  # half of April on all of it
    assert [line.state for line in later.schedule] == [LATE, LATE, *[DUE] * 10]


def test_buckets_at_their_edges() -> None:
    edges = {0: "current", 1: "1-30", 30: "1-30", 31: "31-60", 60: "31-60", 61: "61-90", 90: "61-90", 91: "90+"}
    assert {days: bucket(days) for days in edges} == edges


@given(loans, st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(0, 1200))
def test_who_pays_each_instalment_on_its_day_is_never_late(loan: Terms, begun: date, after: int) -> None:
    rows = schedule(loan, begun)
    payments = paid(*range(1, len(rows) + 1), loan=loan, begun=begun)
    day = begun + timedelta(days=after)
    found = figures(loan, History(begun, payments), day)
    assert found.days_past_due == 0
    assert (found.arrears_principal, found.arrears_interest) == (0, 0)
    assert {line.state for line in found.schedule} <= {PAID, DUE}
    assert [(line.due, line.principal, line.interest) for line in found.schedule] == [tuple(row) for row in rows]
    assert found.outstanding == loan.amount - sum(row.principal for row in rows if row.due <= day)


@given(loans, st.integers(1, 400))
def test_who_pays_nothing_is_late_since_the_first_instalment(loan: Terms, days: int) -> None:
    first = schedule(loan, BEGUN)[0]
    found = figures(loan, History(BEGUN), first.due + timedelta(days=days))
    if first.total <= 1:  # nothing falls due before the end, or what does is forgiven as rounding
        return
    assert (found.next_due, found.days_past_due) == (first.due, days)
    assert found.arrears_principal + found.arrears_interest >= first.total - 1
    assert found.outstanding == loan.amount


some_payments = st.lists(
    st.builds(
        lambda days, principal, interest: Payment(BEGUN + timedelta(days=days), principal, interest),
        st.integers(1, 500),
        st.integers(0, 9_000),
        st.integers(0, 1_200),
    ),
    max_size=6,
)
some_changes = st.lists(
    st.builds(
        lambda days, term, rate: Restructuring(BEGUN + timedelta(days=days), term, rate),
        st.integers(1, 500),
        st.none() | st.integers(1, 36),
        st.none() | st.sampled_from(["0", "0.05", "0.3"]),
    ),
    max_size=3,
)
kinds = st.sampled_from(["equal_instalments", "interest_only", "bullet"])


@given(some_payments, some_changes, kinds, st.integers(0, 700), st.randoms(use_true_random=False))
def test_the_order_of_telling_means_nothing(
    payments: list[Payment], changes: list[Restructuring], kind: str, days: int, chance: object
) -> None:
    loan, day = LOAN._replace(repayment=kind), BEGUN + timedelta(days=days)
    told = figures(loan, History(BEGUN, tuple(payments), tuple(changes)), day)
    chance.shuffle(payments)
    chance.shuffle(changes)
    assert figures(loan, History(BEGUN, tuple(payments), tuple(changes)), day) == told


@given(some_payments, some_changes, kinds, st.integers(0, 700))
def test_what_always_holds(payments: list[Payment], changes: list[Restructuring], kind: str, days: int) -> None:
    loan, day = LOAN._replace(repayment=kind), BEGUN + timedelta(days=days)
    history = History(BEGUN, tuple(payments), tuple(changes))
    found = figures(loan, history, day)
    assert found.outstanding + found.received.principal == loan.amount
    assert min(found.accrued_interest, found.arrears_principal, found.arrears_interest, found.next_due_amount) >= 0
    assert found.arrears_principal <= found.outstanding
    assert (found.next_due is None) == (found.outstanding == 0)
    assert (found.days_past_due > 0) == (found.next_due is not None and found.next_due < day)
    for line in found.schedule:
        assert 0 <= line.paid <= line.principal + line.interest
        assert line.principal >= 0
        assert line.interest >= 0
    # What is to come and what is late is no less than what is outstanding, but for a unit of rounding a line.
    open_lines = [line for line in found.schedule if line.state in {DUE, LATE}]
    to_come = sum(line.principal + line.interest - line.paid for line in open_lines)
    overpaid_interest = sum(each.interest for each in payments)
    assert to_come + overpaid_interest + len(found.schedule) >= found.outstanding


@given(some_payments, some_changes, kinds, st.integers(0, 600))
def test_what_happens_later_changes_nothing_before(
    payments: list[Payment], changes: list[Restructuring], kind: str, days: int
) -> None:
    loan, day = LOAN._replace(repayment=kind), BEGUN + timedelta(days=days)
    whole = History(BEGUN, tuple(payments), tuple(changes), (Loss(day + timedelta(days=1), 5),))
    assert figures(loan, whole, day) == figures(loan, whole.until(day), day)


def test_a_late_report_counts_from_its_own_day() -> None:
    day = date(2026, 4, 15)
    late = figures(LOAN, History(BEGUN, paid(2)), day)
    assert late.next_due == date(2026, 3, 31)  # the money of March went to February
    assert figures(LOAN, History(BEGUN, paid(2, 1)), day) == figures(LOAN, History(BEGUN, paid(1, 2)), day)
    for told in permutations(paid(1, 2, 3)):
        assert figures(LOAN, History(BEGUN, told), day).days_past_due == 0


def test_two_instalments_at_once_are_paid_ahead() -> None:
    rows = schedule(LOAN, BEGUN)
    twice = Payment(rows[0].due, rows[0].principal + rows[1].principal, rows[0].interest + rows[1].interest)
    found = figures(LOAN, History(BEGUN, (twice,)), date(2026, 4, 1))
    assert (found.next_due, found.days_past_due) == (rows[2].due, 0)
    assert [(line.principal, line.interest) for line in found.schedule] == [row[1:] for row in rows]


def test_a_part_prepaid_ends_the_loan_earlier_and_saves_interest() -> None:
    rows = schedule(LOAN, BEGUN)
    extra = Payment(rows[1].due, rows[1].principal + 32_036, rows[1].interest)
    found = figures(LOAN, History(BEGUN, (*paid(1), extra)), date(2026, 4, 15))
    left = 100_000 - 7885 - 7964 - 32_036
    assert found.outstanding == left
    assert (found.next_due, found.next_due_amount) == (date(2026, 4, 30), 8885)  # the next is due as before
    rest = found.schedule[2:]
    assert sum(line.principal for line in rest) == left
    assert {line.principal + line.interest for line in rest[:-1]} == {8885}
    assert rest[0].interest == 521  # a hundredth of what is left
    assert len(found.schedule) == 9  # instead of 12


def test_a_part_prepaid_between_two_dates_keeps_the_coming_instalment() -> None:
    found = figures(LOAN, History(BEGUN, (*paid(1), Payment(date(2026, 3, 10), 50_000))), date(2026, 4, 5))
    # 7964 of it is March's principal; March's interest is still owed, so the instalment is late by its date.
    assert (found.next_due, found.next_due_amount) == (date(2026, 3, 31), 921)
    assert (found.arrears_principal, found.arrears_interest) == (0, 921)
    assert sum(line.principal for line in found.schedule[2:]) == found.outstanding


def test_all_prepaid_leaves_nothing_due() -> None:
    found = figures(LOAN, History(BEGUN, (*paid(1), Payment(date(2026, 3, 10), 92_115, 300))), date(2026, 6, 1))
    assert (found.outstanding, found.next_due, found.bucket, found.accrued_interest) == (0, None, None, 0)
    assert [line.state for line in found.schedule] == [PAID, ENDED]


def test_interest_only_becomes_smaller_by_what_is_prepaid() -> None:
    loan = Terms(120_000, "0.10", 6, "interest_only")
    history = History(BEGUN, (Payment(date(2026, 2, 28), 60_000, 1000),))
    found = figures(loan, history, date(2026, 3, 1))
    assert [line.interest for line in found.schedule] == [1000, 500, 500, 500, 500, 500]
    assert [line.principal for line in found.schedule] == [0, 0, 0, 0, 0, 60_000]


def test_bullet_bears_interest_on_what_was_left() -> None:
    loan = Terms(120_000, "0.10", 6, "bullet")
    assert figures(loan, History(BEGUN), BEGUN).schedule[0][1:3] == (120_000, 6000)
    half = figures(loan, History(BEGUN, (Payment(date(2026, 4, 30), 60_000),)), date(2026, 5, 31))
    assert half.schedule[0][1:3] == (120_000, 3000 + 1500)
    assert half.accrued_interest == 3000 + 500
    assert half.next_due_amount == 60_000 + 4500
    assert figures(loan, History(BEGUN), date(2026, 4, 30)).accrued_interest == 3000


def test_restructured_from_its_date_with_the_arrears() -> None:
    change = Restructuring(date(2026, 4, 15), term_months=24, annual_rate="0.06")
    found = figures(LOAN, History(BEGUN, paid(1), (change,)), date(2026, 4, 20))
    first, second, third = found.schedule[:3]
    assert (first.state, second.state, second.due) == (PAID, REPLACED, date(2026, 3, 31))
    # 22 instalments are left of 24 months; March's interest, unpaid, falls due with the first.
    assert len(found.schedule) == 2 + 22
    assert (third.due, third.interest) == (date(2026, 4, 30), 461 + 921)
    assert sum(line.principal for line in found.schedule[2:]) == found.outstanding == 92_115
    assert (found.days_past_due, found.arrears_principal) == (0, 0)
    before = figures(LOAN, History(BEGUN, paid(1), (change,)), date(2026, 4, 14))
    assert (before.days_past_due, before.arrears_principal) == (14, 7964)


def test_a_payment_after_the_restructuring_is_for_the_new_plan() -> None:
    change = Restructuring(date(2026, 4, 15), term_months=24)
    history = History(BEGUN, (Payment(date(2026, 5, 2), 3_000, 2_500), *paid(1)), (change,))
    found = figures(LOAN, history, date(2026, 5, 3))
    assert [(line.state, line.paid) for line in found.schedule[:3]] == [(PAID, 8885), (REPLACED, 0), (LATE, 5_500)]
    # The new plan begins with what was outstanding before that payment.
    assert sum(line.principal for line in found.schedule[2:]) == 100_000 - 7_885


def test_a_payment_on_the_day_of_the_restructuring_was_made_before_it() -> None:
    change = Restructuring(date(2026, 4, 15), term_months=24)
    found = figures(LOAN, History(BEGUN, (*paid(1), Payment(change.on, 10_000)), (change,)), change.on)
    assert sum(line.principal for line in found.schedule[2:]) == found.outstanding == 100_000 - 7_885 - 10_000


def test_restructured_without_time_left_gives_no_time() -> None:
    history = History(BEGUN, (), (Restructuring(date(2027, 6, 1), annual_rate="0"),))
    found = figures(LOAN, history, date(2027, 6, 2))
    assert (found.next_due, found.days_past_due, found.bucket) == (date(2027, 1, 31), 122, "90+")
    assert found.arrears_principal == 100_000
    assert found.arrears_interest == sum(row.interest for row in schedule(LOAN, BEGUN))


def test_a_bullet_restructured_keeps_what_it_had_run_up() -> None:
    loan = Terms(120_000, "0.10", 6, "bullet")
    found = figures(loan, History(BEGUN, (), (Restructuring(date(2026, 4, 10), 12),)), date(2026, 4, 11))
    assert [line[:3] for line in found.schedule] == [(date(2027, 1, 31), 120_000, 12_000)]


def test_written_off_and_recovered() -> None:
    gone = Loss(date(2026, 7, 1), 92_115)
    history = History(BEGUN, (*paid(1), Payment(date(2026, 8, 1), 20_000, recovered=20_000)), (), (gone,))
    before, after = (figures(LOAN, history, day) for day in (date(2026, 6, 30), date(2026, 8, 2)))
    assert (before.outstanding, before.written_off, before.bucket) == (92_115, 0, "90+")
    assert (after.outstanding, after.written_off, after.next_due, after.bucket) == (0, 72_115, None, None)
    assert after.received == Received(7885, 1000, 0, 0, 20_000)
    assert value(lender_rate(LOAN, history, date(2026, 12, 1))) < 0
    assert lender_rate(LOAN, History(BEGUN, (), (), (Loss(date(2026, 7, 1), 100_000),)), date(2026, 12, 1)) == (
        None,
        "money went one way only",
    )


@given(loans.filter(lambda loan: loan.repayment != "bullet"))
@example(Terms(10**9, "0.12", 12, "equal_instalments"))
def test_without_fees_the_effective_rate_is_the_nominal_one_compounded(loan: Terms) -> None:
    # A twelfth each month; the tolerance is what rounding to minor units can do.
    expected = (1 + Fraction(loan.annual_rate) / 12) ** 12 - 1
    for rate in (borrower_rate, lender_rate):
        found = value(rate(loan, History(BEGUN), BEGUN))
        assert abs(Fraction(found) - expected) < Fraction(1, 10**6) + Fraction(60, loan.amount)


def test_fees_and_penalties_in_the_effective_rates() -> None:
    fees = (Charge(BEGUN, 1000, "borrower"),)
    plain = History(BEGUN, paid(*range(1, 13)))
    ended = date(2027, 2, 1)
    assert borrower_rate(LOAN, plain, ended) == lender_rate(LOAN, plain, ended)
    with_fee = plain._replace(charges=fees)
    assert value(borrower_rate(LOAN, with_fee, ended)) > value(borrower_rate(LOAN, plain, ended))
    assert lender_rate(LOAN, with_fee, ended) == lender_rate(LOAN, plain, ended)
    penalty = plain._replace(payments=(*plain.payments, Payment(ended, penalty=500)))
    assert borrower_rate(LOAN, penalty, ended) == borrower_rate(LOAN, plain, ended)
    assert value(lender_rate(LOAN, penalty, ended)) > value(lender_rate(LOAN, plain, ended))
    served = plain._replace(charges=(Charge(ended, 500, "investor"),))
    assert value(lender_rate(LOAN, served, ended)) < value(lender_rate(LOAN, plain, ended))


def test_other_day_counts_for_what_accrued() -> None:
    day, history = date(2026, 2, 14), History(BEGUN)
    found = {name: figures(LOAN, history, day, name).accrued_interest for name in ("actual/360", "30E/360")}
    assert found == {"actual/360": 467, "30E/360": 467}
    assert figures(LOAN, history, day).accrued_interest == 500
    with pytest.raises(ValueError, match="no day count"):
        figures(LOAN, history, day, "actual")


@given(st.integers(0, 360))
def test_accrual_reaches_the_instalment_on_its_day(days: int) -> None:
    day = BEGUN + timedelta(days=days)
    found = figures(LOAN, History(BEGUN, paid(*range(1, 13))), day)
    coming = next((line for line in found.schedule if line.due > day), None)
    assert coming is None or found.accrued_interest <= coming.interest
    assert found.accrued_interest > 0 or day == add_months(BEGUN, round(days / 30.44)) or coming is None
