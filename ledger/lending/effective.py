"""The effective annual rate of dated cash flows: one rate X at which what is received is worth what is paid.

Definition: Directive 2008/48/EC, Annex I (the same equation stands in Directive 2014/17/EU, Annex I): the sum of
C (1 + X)^-t over what the borrower receives equals the sum of D (1 + X)^-s over what he pays; t and s are years since
the first drawdown. Time is counted as the remarks to that equation in 2014/17/EU say: whole months, a twelfth of a
year each, backwards from the flow, then days over the 365 or 366 of the year that ends where they end.

Solved in decimals of 40 digits by bisection with Newton steps. Whether there is one rate is known beforehand: flows
that change sign once have exactly one (Descartes' rule of signs); where their running sum changes sign once there is
one that is not negative (Norstrøm, A Sufficient Condition for a Unique Nonnegative Internal Rate of Return,
Journal of Financial and Quantitative Analysis 7:3, 1972).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from ledger.lending.days import MONTHS, add_months

_CONTEXT: Final = Context(prec=40)
_CLOSE: Final = Decimal("1e-24")
_STEPS_MAX: Final = 400  # bisection alone gains 80 bits in 80 steps; the rest is for finding the bracket
_RATE_MAX: Final = Decimal("1e12")  # a gain of a few per cent overnight is more than that
_PLACES: Final = Decimal("0.000001")
_Value = Callable[[Decimal], tuple[Decimal, Decimal]]
NO_FLOWS: Final = "money went one way only"
SEVERAL: Final = "the flows change direction more than once, so several rates may fit"
BEYOND: Final = "the rate is beyond what can be meant"


class Effective(NamedTuple):
    """A yearly rate as a decimal of six places ("0.126825" is 12.6825 %), or None and the reason."""

    rate: Decimal | None
    reason: str | None = None


class Flow(NamedTuple):
    """Money on a date, minor units: one party's receipts positive, its payments negative."""

    on: date
    amount: int


def effective_rate(flows: Iterable[Flow]) -> Effective:
    """The rate X of the flows. The sign of a flow only says which way it went: both parties have the same rate."""
    merged = _merged(flows)
    signs = _changes(amount for _, amount in merged)
    if signs == 0:
        return Effective(None, NO_FLOWS)
    if signs > 1 and _changes(accumulate(amount for _, amount in merged)) != 1:
        return Effective(None, SEVERAL)
    with localcontext(_CONTEXT):
        return _solve(merged, at_least_zero=signs > 1)


def years_between(start: date, end: date) -> Fraction:
    """Annex I's time: whole months backwards from `end`, then days of the year that ends where they end.

    From the 31st to the last day of a shorter month is a whole month.
    """
    months = (end.year - start.year) * MONTHS + end.month - start.month
    if add_months(start, months) == end:
        return Fraction(months, MONTHS)
    if add_months(end, -months) < start:
        months -= 1
    upto = add_months(end, -months)
    days = (upto - start).days
    return Fraction(months, MONTHS) + (Fraction(days, (upto - add_months(upto, -MONTHS)).days) if days else 0)


def _merged(flows: Iterable[Flow]) -> list[tuple[date, int]]:
    sums: defaultdict[date, int] = defaultdict(int)
    for on, amount in flows:
        sums[on] += amount
    return [(on, sums[on]) for on in sorted(sums) if sums[on]]


def _changes(amounts: Iterable[int]) -> int:
    """How often the sign changes; zeros have none."""
    return sum((one > 0) != (other > 0) for one, other in pairwise([each for each in amounts if each]))


def _solve(flows: Sequence[tuple[date, int]], *, at_least_zero: bool) -> Effective:
    start, sign = flows[0][0], Decimal(1 if flows[0][1] > 0 else -1)
    terms = [(sign * amount, _months(start, on)) for on, amount in flows]

    def value(factor: Decimal) -> tuple[Decimal, Decimal]:
        """Present value by the factor u = (1 + X)^(-1/12) of a month, and its slope."""
        powers: dict[Decimal, Decimal] = {}
        total = slope = Decimal(0)
        for amount, (whole, part) in terms:
            if part not in powers:
                powers[part] = factor**part if part else Decimal(1)
            worth = amount * factor**whole * powers[part]
            total += worth
            slope += worth * (whole + part) / factor
        return total, slope

    bracket = _bracket(value, at_least_zero=at_least_zero)
    if bracket is None:
        return Effective(None, BEYOND)
    rate = _root(value, *bracket) ** -MONTHS - 1
    return Effective(rate.quantize(_PLACES)) if rate <= _RATE_MAX else Effective(None, BEYOND)


def _months(start: date, end: date) -> tuple[int, Decimal]:
    months = years_between(start, end) * MONTHS
    whole, part = divmod(months, 1)
    return int(whole), Decimal(part.numerator) / part.denominator


def _bracket(value: _Value, *, at_least_zero: bool) -> tuple[Decimal, Decimal] | None:
    """Two factors between which the value turns from positive (the first flow counts) to negative."""
    low = high = Decimal(1)
    for _ in range(200):
        if value(low)[0] >= 0:
            break
        low /= 2
    else:
        return None
    for _ in range(0 if at_least_zero else 200):
        if value(high)[0] <= 0:
            break
        high *= 2
    return (low, high) if value(high)[0] <= 0 else None


def _root(value: _Value, low: Decimal, high: Decimal) -> Decimal:
    factor = (low + high) / 2
    for _ in range(_STEPS_MAX):
        worth, slope = value(factor)
        if worth > 0:
            low = factor
        else:
            high = factor
        following = factor - worth / slope if slope else low
        # A Newton step that leaves the bracket is none: halve it instead.
        following = following if low < following < high else (low + high) / 2
        if worth == 0 or abs(following - factor) <= _CLOSE * factor:
            return following if worth else factor
        factor = following
    return factor
