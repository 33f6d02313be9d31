"""Intervals as the law counts them: hours, calendar days, months, and working days by a country's calendar. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Final

import holidays

from ledger.lending.days import add_months
from ledger.rulebook.model import Clock

_COUNTED_MAX: Final = 1_000


@cache
def _calendar(country: str) -> holidays.HolidayBase:
    # Years fill in as they are asked for. China's has the weekends that are worked in exchange for a long holiday.
    return holidays.country_holidays(country)


def working_day(country: str, day: date, count: int) -> date:
    """The `count`-th working day after (negative: before) `day`, which doesn't count itself."""
    return _calendar(country).get_nth_working_day(day, count) if count else day


def shifted(clock: Clock, moment: datetime, *, back: bool = False) -> datetime:
    """The moment a clock's length after (or before) `moment`.

    Hours and calendar days run from the minute; working days and months keep the time of day.
    """
    count = -clock.length if back else clock.length
    if clock.unit == "hours":
        return moment + timedelta(hours=count)
    if clock.unit == "days":
        return moment + timedelta(days=count)
    if clock.unit == "months":
        day = add_months(moment.date(), count)
    else:
        assert clock.calendar is not None
        day = working_day(clock.calendar, moment.date(), count)
    return datetime.combine(day, moment.timetz())


def last_day(clock: Clock, start: date) -> date:
    """The last day of a `within` interval, or the first one that a `not_before` interval allows."""
    return shifted(clock, datetime.combine(start, datetime.min.time())).date()


def keeps_time(clock: Clock, start: datetime, at: datetime) -> bool:
    """Whether `at` keeps the clock: within it, not before its end, or long enough before `start`."""
    if clock.role == "until":
        return at <= shifted(clock, start, back=True)
    end = shifted(clock, start)
    return at <= end if clock.role == "within" else at >= end


def keeps_day(clock: Clock, start: date, day: date) -> bool:
    """The same where only days are known: a day is within an interval that ends on it."""
    midnight = datetime.min.time()
    return keeps_time(clock, datetime.combine(start, midnight), datetime.combine(day, midnight))


def length_between(clock: Clock, start: date, day: date) -> int:
    """How long it is from `start` to `day` in the clock's own unit of days; the first day counted is the one after.

    Working days are counted up to 1,000.
    """
    if clock.unit != "working_days":
        return (day - start).days
    assert clock.calendar is not None
    counted, last = 0, start
    while last < day and counted < _COUNTED_MAX:
        counted += 1
        last = working_day(clock.calendar, start, counted)
    return counted
