"""By when a case is due: service levels in working days of a jurisdiction. Pure, over a calendar library's data."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays

from ledger.casework.lists import lists
from ledger.rulebook.clocks import working_day

WEEKDAYS = "weekdays"  # the calendar of a country whose holidays nobody has listed
_SATURDAY = 5


def due_day(severity: str, jurisdiction: str, start: date) -> date:
    """The last day of the service level of a severity, counted from the day after `start`."""
    return after(jurisdiction, start, lists().service_levels[severity])


def after(jurisdiction: str, start: date, count: int) -> date:
    """The `count`-th working day after `start`; where the country's holidays are unknown, Monday to Friday."""
    if calendar(jurisdiction) != WEEKDAYS:
        return working_day(jurisdiction, start, count)
    day = start
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < _SATURDAY
    return day


def calendar(jurisdiction: str) -> str:
    """By which calendar working days are counted there: the country's own, or `weekdays`."""
    return jurisdiction if jurisdiction in _known() else WEEKDAYS


@cache
def _known() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries())
