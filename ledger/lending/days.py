"""Day counts: which part of a year lies between two dates. Exact fractions, each rule by its name and source.

| name | part of a year from `start` to `end` | source |
|---|---|---|
| `30/360 ISDA` | (360 years + 30 months + days) / 360; the 31st counts as the 30th at the start, and at the end where the start is on the 30th or 31st | ISDA 2006 Definitions 4.16(f), "Bond Basis" |
| `30E/360` | the same, and every 31st counts as the 30th | ISDA 2006 4.16(g), "Eurobond Basis" |
| `actual/360` | days / 360 | ISDA 2006 4.16(e) |
| `actual/365 fixed` | days / 365 | ISDA 2006 4.16(d) |
| `actual/actual ISDA` | days in leap years / 366 + days in other years / 365 | ISDA 2006 4.16(b) |
| `actual/actual ICMA` | whole months / 12 + days / (12 x the days of the month they lie in); months are counted from `anchor` | ICMA Rule 251, for monthly periods |

The last one is what loans here accrue by: a whole month is a twelfth of the yearly rate, which is how platforms quote
an instalment's interest, and a part of a month is its part of that twelfth.
"""  # noqa: E501

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Final

MONTHS: Final = 12
ACCRUAL: Final = "actual/actual ICMA"
_IN_EVERY_MONTH: Final = 28


def add_months(day: date, months: int) -> date:
    """The same day of a later (or, negative, earlier) month, or that month's last day where it has none."""
    year, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    if day.day <= _IN_EVERY_MONTH:
        return date(year, month + 1, day.day)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_since(anchor: date, day: date) -> Fraction:
    """Months from `anchor` to `day`: whole ones, and days as a part of the month they lie in."""
    whole = (day.year - anchor.year) * MONTHS + day.month - anchor.month
    if add_months(anchor, whole) > day:
        whole -= 1
    begun, ended = add_months(anchor, whole), add_months(anchor, whole + 1)
    return whole + Fraction((day - begun).days, (ended - begun).days)


def year_fraction(name: str, start: date, end: date, anchor: date | None = None) -> Fraction:
    """The part of a year from `start` to `end` (negative where `end` is earlier) by the day count `name`.

    `anchor`, where monthly periods are counted from, is `start` unless given; only `actual/actual ICMA` looks at it.
    Raises ValueError for a name that is not in `DAY_COUNTS`.
    """
    if name not in DAY_COUNTS:
        raise ValueError(f"there is no day count {name!r}; there are {', '.join(sorted(DAY_COUNTS))}")
    if end < start:
        return -DAY_COUNTS[name](end, start, anchor or end)
    return DAY_COUNTS[name](start, end, anchor or start)


def _30_360(start: date, end: date, _anchor: date) -> Fraction:
    first = min(start.day, 30)
    return _thirties(start, end, first, 30 if first == 30 and end.day == 31 else end.day)


def _30e_360(start: date, end: date, _anchor: date) -> Fraction:
    return _thirties(start, end, min(start.day, 30), min(end.day, 30))


def _thirties(start: date, end: date, first: int, last: int) -> Fraction:
    return Fraction(360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first, 360)


def _actual_360(start: date, end: date, _anchor: date) -> Fraction:
    return Fraction((end - start).days, 360)


def _actual_365(start: date, end: date, _anchor: date) -> Fraction:
    return Fraction((end - start).days, 365)


def _actual_actual_isda(start: date, end: date, _anchor: date) -> Fraction:
    if start.year == end.year:
        return Fraction((end - start).days, _length(start.year))
    first = Fraction((date(start.year + 1, 1, 1) - start).days, _length(start.year))
    last = Fraction((end - date(end.year, 1, 1)).days, _length(end.year))
    return first + end.year - start.year - 1 + last


def _actual_actual_icma(start: date, end: date, anchor: date) -> Fraction:
    return (months_since(anchor, end) - months_since(anchor, start)) / MONTHS


def _length(year: int) -> int:
    return 366 if calendar.isleap(year) else 365


DAY_COUNTS: Final[Mapping[str, Callable[[date, date, date], Fraction]]] = MappingProxyType(
    {
        "30/360 ISDA": _30_360,
        "30E/360": _30e_360,
        "actual/360": _actual_360,
        "actual/365 fixed": _actual_365,
        "actual/actual ISDA": _actual_actual_isda,
        ACCRUAL: _actual_actual_icma,
    }
)
