"""Figures that others published, reproduced to their last digit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from ledger.lending.days import add_months
from ledger.lending.effective import Flow, effective_rate
from ledger.lending.schedule import schedule
from ledger.lending.terms import Terms

# formsbirds.com/free-balloon-payment-calculator: 500,000.00 at 6 % over 180 months from 15 October 2009, 4,219.28 a
# month. The first 29 rows as printed there: interest, principal.
BALLOON = """
2,500.00 1,719.28  2,491.40 1,727.88  2,482.76 1,736.52  2,474.08 1,745.20  2,465.36 1,753.92  2,456.59 1,762.69
2,447.77 1,771.51  2,438.92 1,780.36  2,430.01 1,789.27  2,421.07 1,798.21  2,412.08 1,807.20  2,403.04 1,816.24
2,393.96 1,825.32  2,384.83 1,834.45  2,375.66 1,843.62  2,366.44 1,852.84  2,357.18 1,862.10  2,347.87 1,871.41
2,338.51 1,880.77  2,329.11 1,890.17  2,319.66 1,899.62  2,310.16 1,909.12  2,300.61 1,918.67  2,291.02 1,928.26
2,281.38 1,937.90  2,271.69 1,947.59  2,261.95 1,957.33  2,252.16 1,967.12  2,242.33 1,976.95
"""
# docstoc.com/docs/1460085/Loan-Amortization: 47,100.00 at 10.61 % over 360 months, 434.72 a month; principal, interest.
LONG = """
18.28 416.44  18.44 416.28  18.60 416.12  18.77 415.95  18.93 415.79  19.10 415.62  19.27 415.45  19.44 415.28
19.61 415.11  19.78 414.94  19.96 414.76  20.14 414.58  20.31 414.41  20.49 414.23  20.67 414.05  20.86 413.86
"""


def pairs(text: str) -> Iterator[tuple[int, int]]:
    figures = [int(each.replace(",", "").replace(".", "")) for each in text.split()]
    return zip(figures[::2], figures[1::2], strict=True)


def test_equal_instalments_row_by_row() -> None:
    rows = schedule(Terms(50_000_000, "0.06", 180, "equal_instalments"), date(2009, 10, 15))
    printed = list(pairs(BALLOON))
    assert [(row.interest, row.principal) for row in rows[: len(printed)]] == printed
    assert {row.total for row in rows[:-1]} == {421_928}
    assert rows[28].due == date(2012, 3, 15)


def test_equal_instalments_over_thirty_years() -> None:
    rows = schedule(Terms(4_710_000, "0.1061", 360, "equal_instalments"), date(2020, 1, 1))
    printed = list(pairs(LONG))
    assert [(row.principal, row.interest) for row in rows[: len(printed)]] == printed


def test_equal_instalments_with_the_totals_of_a_worked_example() -> None:
    """sapling.com/8703730: 1,000.00 at 2 % a month for six months costs 178.53 a month."""
    rows = schedule(Terms(100_000, "0.24", 6, "equal_instalments"), date(2020, 1, 1))
    assert [row[1:] for row in rows[:2]] == [(15_853, 2_000), (16_170, 1_683)]
    assert {row.total for row in rows[:-1]} == {17_853}
    # There the sum of interest is 71.15, rounded once; here each month is, and the last instalment takes the rest.
    assert abs(sum(row.interest for row in rows) - 7_115) <= 1


def test_interest_only() -> None:
    """thinkcalculator.com, interest-only mortgage: 300,000.00 at 4 % for ten years costs 1,000.00 a month, then all."""
    rows = schedule(Terms(30_000_000, "0.04", 120, "interest_only"), date(2020, 1, 1))
    assert [row[1:] for row in rows] == [(0, 100_000)] * 119 + [(30_000_000, 100_000)]
    # myhomeloantools.com: 170,000 at 6.625 % costs 939 a month and 11,262 in the first year, in whole dollars.
    rows = schedule(Terms(17_000_000, "0.06625", 120, "interest_only"), date(2020, 1, 1))
    assert (round(rows[0].interest, -2), round(sum(row.interest for row in rows[:12]), -2)) == (93_900, 1_126_200)


def rate(*flows: tuple[int, int]) -> Decimal:
    """Amounts by month from 1 January 1994."""
    found = effective_rate(Flow(add_months(date(1994, 1, 1), month), amount) for month, amount in flows)
    assert found.rate is not None, found.reason
    return round(found.rate * 100, 2)


def test_examples_of_the_directive() -> None:
    """Directive 98/7/EC, Annex III, part B (a year of 12 equal months); Directive 2008/48/EC kept the equation."""
    assert rate((0, 1000_00), (18, -1200_00)) == Decimal("12.92")
    assert rate((0, 950_00), (18, -1200_00)) == Decimal("16.85")
    assert rate((0, 1000_00), (12, -600_00), (24, -600_00)) == Decimal("13.07")
    assert rate((0, 1000_00), (3, -272_00), (6, -272_00), (12, -544_00)) == Decimal("13.19")


def truth_in_lending(*payments: int) -> Decimal:
    """12 CFR 1026 (Regulation Z) states the rate as twelve times the monthly one."""
    begun = date(1978, 1, 10)
    flows = [Flow(add_months(begun, month), -amount) for month, amount in enumerate(payments, 1)]
    found = effective_rate([Flow(begun, 500_000), *flows])
    assert found.rate is not None, found.reason
    return round(((1 + found.rate) ** (Decimal(1) / 12) - 1) * 1200, 2)


@pytest.mark.parametrize(
    ("example", "payments", "expected"),
    [
        ("(c)(1)(i)", [23_000] * 24, "9.69"),
        ("(c)(2)(i)", [25_000, *[23_000] * 23], "10.08"),
        ("(c)(3)(i)", [*[23_000] * 23, 28_000], "10.50"),
        ("(c)(4)(i)", [25_000, *[23_000] * 22, 28_000], "10.90"),
    ],
)
def test_examples_of_truth_in_lending_appendix_j(example: str, payments: list[int], expected: str) -> None:
    """12 CFR 1026, Appendix J, part (c): 5,000.00 advanced on 10 January 1978, monthly from 10 February."""
    assert truth_in_lending(*payments) == Decimal(expected), example
