"""Effective rates: there is one, there is none, or there is no telling; and where there is one, it fits."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.lending.effective import BEYOND, NO_FLOWS, SEVERAL, Flow, effective_rate, years_between

BEGUN = date(2020, 1, 15)


def worth(flows: list[Flow], rate: Decimal) -> Decimal:
    """Present value, by the definition, in a way of its own."""
    with localcontext(prec=60):
        total = Decimal(0)
        for on, amount in flows:
            years = years_between(BEGUN, on)
            total += amount * (1 + rate) ** (-Decimal(years.numerator) / years.denominator)
        return total


@given(
    st.integers(1_000, 10**9),
    st.lists(st.tuples(st.integers(1, 3_000), st.integers(0, 10**8)), min_size=1, max_size=12),
)
def test_the_rate_makes_both_sides_equal(lent: int, back: list[tuple[int, int]]) -> None:
    flows = [Flow(BEGUN, -lent), *(Flow(BEGUN + timedelta(days=days), amount) for days, amount in back)]
    found = effective_rate(flows)
    if not any(amount for _, amount in back):
        assert found == (None, NO_FLOWS)
    elif found.rate is None:
        assert found.reason == BEYOND
    else:
        step = Decimal("0.000001")
        assert worth(flows, found.rate + step) <= 0
        # Nearly all lost, and soon: the six places say -1, from where there is no further down.
        assert found.rate - step <= -1 or worth(flows, found.rate - step) >= 0
        mirrored = effective_rate([Flow(on, -amount) for on, amount in flows])
        assert mirrored == found


@pytest.mark.parametrize(
    ("flows", "expected"),
    [
        ([], NO_FLOWS),
        ([(0, 100)], NO_FLOWS),
        ([(0, 100), (10, 5)], NO_FLOWS),
        ([(0, 100), (0, -100)], NO_FLOWS),
        # Two rates fit this classic (25 % and 400 %): none is given.
        ([(0, -1600), (365, 10_000), (730, -10_000)], SEVERAL),
        ([(0, -1), (1, 2**53)], BEYOND),
    ],
)
def test_where_there_is_no_rate_the_reason_is_said(flows: list[tuple[int, int]], expected: str) -> None:
    found = effective_rate(Flow(date(2021, 1, 1) + timedelta(days=days), amount) for days, amount in flows)
    assert found == (None, expected)


def test_a_fee_at_the_end_changes_direction_and_leaves_one_rate() -> None:
    # The running sum turns once, so there is one rate that is not negative.
    flows = [Flow(BEGUN, -1000), Flow(date(2021, 1, 15), 1200), Flow(date(2021, 7, 15), -50)]
    assert effective_rate(flows).rate is not None


def test_years_as_the_annex_counts_them() -> None:
    assert years_between(date(2020, 1, 31), date(2020, 2, 29)) * 12 == 1
    assert years_between(date(2020, 1, 15), date(2025, 1, 15)) == 5
    # A month backwards from the end is 7 March; the year that ends there has 366 days.
    assert years_between(date(2020, 2, 20), date(2020, 4, 7)) == Fraction(1, 12) + Fraction(16, 366)
    assert years_between(date(2021, 2, 20), date(2021, 4, 7)) == Fraction(1, 12) + Fraction(15, 365)
    assert years_between(BEGUN, BEGUN) == 0
