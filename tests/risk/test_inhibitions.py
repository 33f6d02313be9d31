"""What a confirmed matter keeps from being told: on the same platform, for a time, and never itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk import document
from risk.inhibitions import Confirmed, Inhibition, inhibitor, read, table

AT = datetime(2026, 3, 2, tzinfo=UTC)
ROWS = (Inhibition("A", frozenset({"B", "C"}), 10),)


def quiet(rule: str = "B", platform: str | None = "p", days: int = 1, of: str | None = "p", alert: str = "b") -> bool:
    confirmed = [Confirmed("a", "A", of, AT - timedelta(days=days))]
    return inhibitor(alert, rule, platform, AT, confirmed, ROWS) is not None


def test_a_confirmed_matter_quiets_others_on_its_platform_for_a_time() -> None:
    assert quiet()
    assert quiet(days=0)
    assert not quiet(days=10)
    assert not quiet(days=-1), "what is confirmed later quiets nothing before"
    assert not quiet(rule="D")
    assert not quiet(platform="q")


def test_a_missing_platform_is_not_an_equal_one() -> None:
    assert not quiet(platform=None, of=None)
    assert not quiet(of=None)


def test_no_alert_and_no_rule_quiets_itself() -> None:
    assert not quiet(alert="a")
    with pytest.raises(ValueError, match="can't quiet itself"):
        read('[[inhibition]]\nwhen = "A"\nquiet = ["A"]\ndays = 3\n')
    with pytest.raises(ValueError, match="number above zero"):
        read('[[inhibition]]\nwhen = "A"\nquiet = ["B"]\ndays = 0\n')


@given(
    st.sampled_from("ABCD"), st.none() | st.sampled_from("pq"), st.integers(-3, 20), st.none() | st.sampled_from("pq")
)
def test_quiet_means_all_of_it(rule: str, platform: str | None, days: int, of: str | None) -> None:
    assert quiet(rule, platform, days, of) == (
        rule in "BC" and platform is not None and platform == of and 0 <= days < 10
    )


def test_the_table_that_ships_names_rules_that_exist() -> None:
    rules = document.load_all()
    assert table()
    for row in table():
        assert {row.when, *row.quiet} <= rules.keys()
