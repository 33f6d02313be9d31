"""Day counts against figures worked by hand from their definitions."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.lending.days import ACCRUAL, DAY_COUNTS, add_months, months_since, year_fraction

days = st.dates(date(1999, 1, 1), date(2051, 12, 31))


@pytest.mark.parametrize(
    ("name", "start", "end", "expected"),
    [
        ("30/360 ISDA", date(2026, 1, 31), date(2026, 3, 31), Fraction(60, 360)),
        (
            "30/360 ISDA",
            date(2026, 1, 15),
            date(2026, 3, 31),
            Fraction(76, 360),
        ),  # the 31st stays where it began earlier
        ("30E/360", date(2026, 1, 15), date(2026, 3, 31), Fraction(75, 360)),
        ("30/360 ISDA", date(2026, 2, 28), date(2026, 3, 31), Fraction(33, 360)),
        ("30E/360", date(2026, 2, 28), date(2026, 3, 31), Fraction(32, 360)),
        ("actual/360", date(2026, 1, 1), date(2027, 1, 1), Fraction(365, 360)),
        ("actual/365 fixed", date(2024, 1, 1), date(2025, 1, 1), Fraction(366, 365)),
        ("actual/actual ISDA", date(2023, 11, 1), date(2024, 5, 1), Fraction(61, 365) + Fraction(121, 366)),
        ("actual/actual ISDA", date(2023, 7, 1), date(2026, 7, 1), Fraction(184, 365) + 2 + Fraction(181, 365)),
        (ACCRUAL, date(2026, 1, 31), date(2026, 2, 28), Fraction(1, 12)),
        (ACCRUAL, date(2026, 1, 31), date(2026, 2, 14), Fraction(14, 28 * 12)),
    ],
)
def test_worked_figures(name: str, start: date, end: date, expected: Fraction) -> None:
    assert year_fraction(name, start, end) == expected


def test_isda_example_of_1999() -> None:
    """ISDA, *EMU and Market Conventions* (1998): 1 November 2003 to 1 May 2004 is 0.497724380567 by actual/actual."""
    found = year_fraction("actual/actual ISDA", date(2003, 11, 1), date(2004, 5, 1))
    assert round(found * 10**12) == 497_724_380_567


def test_an_unknown_count_is_named() -> None:
    with pytest.raises(ValueError, match="no day count '30/365'; there are 30/360 ISDA, "):
        year_fraction("30/365", date(2026, 1, 1), date(2026, 2, 1))


@given(st.sampled_from(sorted(DAY_COUNTS)), days, days)
def test_backwards_is_the_mirror_and_never_far_from_the_calendar(name: str, start: date, end: date) -> None:
    found = year_fraction(name, start, end)
    assert year_fraction(name, end, start) == -found
    assert abs(found - Fraction((end - start).days, 365)) < Fraction(3, 4) + abs(found) / 60
    assert (found >= 0) == (start <= end) or name.startswith("30")


@given(days, st.lists(days, min_size=3, max_size=3).map(sorted))
def test_monthly_time_adds_up_and_never_stands_still(anchor: date, points: list[date]) -> None:
    first, middle, last = points
    whole = year_fraction(ACCRUAL, first, last, anchor)
    assert whole == year_fraction(ACCRUAL, first, middle, anchor) + year_fraction(ACCRUAL, middle, last, anchor)
    assert (whole > 0) == (first < last)


@given(days, st.integers(0, 600))
def test_a_month_later_is_a_month_later(day: date, months: int) -> None:
    later = add_months(day, months)
    assert months_since(day, later) == months
    assert later.day == day.day or add_months(later, 0).day in {28, 29, 30}
