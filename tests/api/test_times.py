"""The two times of a question as they are read, whatever the clock does; and who may not ask at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.access import Principal
from api.deps import must_see
from api.problems import Problem
from api.times import Bounds, Span, Times, read

NOW = datetime(2026, 3, 10, 20, 0, tzinfo=UTC)  # the 11th in Shanghai
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def times(at: str | None = None, known_at: str | None = None, last: datetime = NOW) -> Times:
    return read(Bounds(at=at, known_at=known_at), lambda: Span(FIRST, last), NOW, "Asia/Shanghai")


def test_a_date_is_the_last_moment_of_it() -> None:
    assert times("2026-03-09").at == datetime(2026, 3, 9, 15, 59, 59, 999_999, UTC)
    assert times("2026-03-11").at == NOW  # today: the rest of it is not there yet
    with pytest.raises(Problem, match="lies ahead"):
        times("2026-03-12")


def test_a_date_that_ends_in_a_change_of_clocks() -> None:
    """2026-03-29 has 23 hours in Berlin."""
    later = NOW + timedelta(days=60)
    found = read(Bounds(at="2026-03-29"), lambda: Span(FIRST, later), later, "Europe/Berlin")
    assert found.at == datetime(2026, 3, 29, 21, 59, 59, 999_999, UTC)


def test_both_bounds_include_their_moment() -> None:
    assert times(known_at="2026-01-01T00:00:00Z").known_at == FIRST
    assert times(known_at=NOW.isoformat()).known_at == NOW
    with pytest.raises(Problem, match="nothing was known"):
        times(known_at="2025-12-31T23:59:59.999999Z")


def test_a_clock_that_stepped_back_takes_no_known_time_with_it() -> None:
    """What our own answers gave as recorded_at can be asked for, though the clock says that it is to come."""
    last = NOW + timedelta(hours=1)
    assert times(known_at=last.isoformat(), last=last).known_at == last
    with pytest.raises(Problem, match="lies ahead"):
        times(known_at=(last + timedelta(microseconds=1)).isoformat(), last=last)


def test_nothing_asked_asks_nothing() -> None:
    def none() -> Span:
        raise AssertionError("the present needs no look at the log")

    assert read(Bounds(), none, NOW, "Asia/Shanghai") == Times()


def test_an_empty_log_knew_nothing() -> None:
    with pytest.raises(Problem, match="the log is empty"):
        read(Bounds(known_at="2026-03-01"), lambda: Span(None, None), NOW, "Asia/Shanghai")


def test_an_investor_is_told_where_her_own_is() -> None:
    investor = Principal("i", "Wang", "investor", None, "hash")
    with pytest.raises(Problem, match="/v1/me/") as found:
        must_see(investor, "platform:huizhong", "campaign 'C'")
    assert found.value.status == 403
