"""By when a case is due: service levels in working days of a jurisdiction. Pure, over a calendar library's data."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays

from ledger.casework.lists import lists
from ledger.rulebook.clocks import working_day

WEEKDAYS = "weekdays"  # the calendar of a country whose holidays nobody has listed
_SATURDAY = 5
_DAYS_MAX = 731


def due_day(severity: str, jurisdiction: str, start: date) -> date:
    """The last day of the service level of a severity, counted from the day after `start`."""
    return after(jurisdiction, start, lists().service_levels[severity])


def after(jurisdiction: str, start: date, count: int) -> date:
    """The `count`-th working day after `start`; where the country's holidays are unknown, Monday to Friday."""
    if _calendar(jurisdiction) is not None:
        return working_day(jurisdiction, start, count)
    day = start
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < _SATURDAY
    return day


def working_days(jurisdiction: str, start: date, end: date) -> int:
    """How many working days there are after `start` up to and with `end`; counted for two years at most."""
    country = _calendar(jurisdiction)
    days = (start + timedelta(days=step) for step in range(1, min((end - start).days, _DAYS_MAX) + 1))
    if country is None:
        return sum(day.weekday() < _SATURDAY for day in days)
    return sum(country.is_working_day(day) for day in days)


def calendar(jurisdiction: str) -> str:
    """By which calendar working days are counted there: the country's own, or `weekdays`."""
    return WEEKDAYS if _calendar(jurisdiction) is None else jurisdiction


@cache
def _calendar(jurisdiction: str) -> holidays.HolidayBase | None:
    known = jurisdiction in holidays.list_supported_countries()
    return holidays.country_holidays(jurisdiction) if known else None
