"""Deadlines in working days: holidays and worked weekends of a country, Monday to Friday where nobody listed them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.casework.deadlines import WEEKDAYS, after, calendar, due_day, working_days
from ledger.casework.lists import lists
from ledger.events.alerts import Severity


@pytest.mark.parametrize(
    ("severity", "start", "due"),
    [
        ("critical", "2024-03-01", "2024-03-04"),  # a Friday
        ("high", "2024-03-01", "2024-03-06"),
        ("medium", "2024-03-01", "2024-03-15"),
        ("critical", "2024-09-30", "2024-10-08"),  # the long holiday of October
        ("critical", "2024-04-26", "2024-04-28"),  # a Sunday that was worked in exchange for May
    ],
)
def test_due_days_in_china(severity: str, start: str, due: str) -> None:
    assert due_day(severity, "CN", date.fromisoformat(start)) == date.fromisoformat(due)


def test_every_severity_has_its_level() -> None:
    assert set(lists().service_levels) == set(Severity.__args__)
    levels = [lists().service_levels[each] for each in ("critical", "high", "medium", "low")]
    assert levels == sorted(levels)


def test_a_country_without_a_calendar_has_weekdays() -> None:
    assert (calendar("CN"), calendar("QQ")) == ("CN", WEEKDAYS)
    assert after("QQ", date(2024, 9, 30), 1) == date(2024, 10, 1)


@given(st.sampled_from(["CN", "GB", "QQ"]), st.dates(date(2015, 1, 1), date(2029, 1, 1)), st.integers(1, 40))
def test_counting_there_and_back_agrees(country: str, start: date, count: int) -> None:
    day = after(country, start, count)
    assert working_days(country, start, day) == count
    assert working_days(country, start, day - timedelta(days=1)) == count - 1
    assert working_days(country, day, start) == 0
