"""Schedules: what must hold of every one, and tables that others published."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.lending.days import add_months
from ledger.lending.schedule import annuity, rounded, schedule
from ledger.lending.terms import Terms

BEGUN = date(2026, 1, 31)
rates = st.decimals(0, 3, places=6).map(str)
terms = st.builds(
    Terms,
    st.integers(1, 10**12),
    rates,
    st.integers(1, 120),
    st.sampled_from(["equal_instalments", "interest_only", "bullet"]),
)
days = st.dates(date(1999, 1, 1), date(2051, 12, 31))


@given(terms, days)
def test_principal_adds_up_and_nothing_is_negative(loan: Terms, begun: date) -> None:
    rows = schedule(loan, begun)
    assert sum(row.principal for row in rows) == loan.amount
    assert all(row.principal >= 0 and row.interest >= 0 for row in rows)
    assert [row.due for row in rows] == sorted({row.due for row in rows})
    assert begun < rows[0].due
    assert rows[-1].due <= add_months(begun, loan.term_months)


@given(terms, days)
def test_interest_of_each_instalment_is_a_twelfth_of_the_rate_on_what_is_left(loan: Terms, begun: date) -> None:
    if loan.repayment == "bullet":
        return
    left = loan.amount
    for row in schedule(loan, begun):
        assert abs(row.interest - left * Fraction(loan.annual_rate) / 12) <= Fraction(1, 2)
        left -= row.principal


@given(st.integers(10**4, 10**9), st.decimals("0.001", "0.5", places=4), st.integers(2, 60))
def test_equal_instalments_are_equal(amount: int, rate: object, months: int) -> None:
    rows = schedule(Terms(amount, str(rate), months, "equal_instalments"), BEGUN)
    assert len(rows) == months
    assert {row.total for row in rows[:-1]} == {annuity(amount, str(rate), months)}
    # What rounding gathered: half a unit a month for the instalment and for the interest, with interest on it.
    assert abs(rows[-1].total - rows[0].total) <= 2 * months * (1 + float(str(rate)) / 12) ** months


def test_month_ends() -> None:
    dues = [row.due for row in schedule(Terms(1200, "0", 4, "equal_instalments"), BEGUN)]
    assert dues == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]
    assert schedule(Terms(1, "0", 1, "bullet"), date(2027, 2, 28))[0].due == date(2027, 3, 28)
    assert schedule(Terms(1, "0", 1, "bullet"), date(2028, 1, 30))[0].due == date(2028, 2, 29)


def test_zero_rate_and_small_change() -> None:
    assert [row.principal for row in schedule(Terms(100, "0", 3, "equal_instalments"), BEGUN)] == [33, 33, 34]
    assert [row.principal for row in schedule(Terms(200, "0", 3, "equal_instalments"), BEGUN)] == [67, 67, 66]
    # Too little for twelve: a unit a month while it lasts.
    assert [row.principal for row in schedule(Terms(11, "0", 12, "equal_instalments"), BEGUN)] == [1] * 11
    assert [row.interest for row in schedule(Terms(100, "0", 3, "interest_only"), BEGUN)] == [0, 0, 0]


def test_a_rate_beyond_reason_is_still_exact() -> None:
    rows = schedule(Terms(2**53 - 1, "999999.999999999999", 1200, "equal_instalments"), BEGUN)
    assert sum(row.principal for row in rows) == 2**53 - 1


def test_other_ways_to_repay_are_refused() -> None:
    with pytest.raises(ValueError, match="'balloon' is none of equal_instalments, interest_only, bullet"):
        schedule(Terms(100, "0.1", 12, "balloon"), BEGUN)


@pytest.mark.parametrize(("figure", "expected"), [("1/2", 1), ("3/2", 2), ("49/100", 0), ("5/2", 3), ("0", 0)])
def test_half_a_unit_goes_up(figure: str, expected: int) -> None:
    assert rounded(Fraction(figure)) == expected
