"""Default by the law of the jurisdiction: the figure, its day, its citation; no figure, no answer."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from ledger.lending.default_days import FILE, DefaultRule, past_default, read, rules

DAY = date(2026, 3, 1)


@pytest.mark.parametrize(("days", "outcome"), [(0, "not_past"), (90, "not_past"), (91, "past")])
def test_more_than_ninety_days_in_the_union(days: int, outcome: str) -> None:
    """Delegated Regulation (EU) 2022/2115, article 1: more than 90 days past due."""
    found = past_default("DE", DAY, days)
    assert (found.outcome, found.days_over, found.rule) == (outcome, 90, "eu.ecspr.default")
    assert "2022/2115" in (found.citation or "")


@pytest.mark.parametrize(("jurisdiction", "day"), [("CN", DAY), ("US", DAY), ("GB", DAY), ("DE", date(2022, 11, 27))])
def test_without_a_figure_there_is_no_answer(jurisdiction: str, day: date) -> None:
    assert past_default(jurisdiction, day, 5000) == ("not_provable", None, None, None)


def test_what_is_only_remembered_is_never_applied() -> None:
    (rule,) = rules()
    unverified = msgspec.structs.replace(rule, status="unverified")
    assert past_default("DE", DAY, 5000, (unverified,)).outcome == "not_provable"


def test_the_latest_rule_counts_and_an_ended_one_does_not() -> None:
    (rule,) = rules()
    newer = msgspec.structs.replace(rule, id="new", days_over=60, effective_from=date(2026, 1, 1))
    assert past_default("DE", DAY, 61, (newer, rule)).rule == "new"
    assert past_default("DE", date(2025, 12, 31), 61, (newer, rule)).outcome == "not_past"
    ended = msgspec.structs.replace(rule, effective_to=date(2026, 2, 28))
    assert past_default("DE", DAY, 5000, (ended,)).outcome == "not_provable"


def test_the_file_is_closed_and_cited() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert all(rule.source and rule.article and rule.title for rule in read(text))
    assert len(rules()[0].jurisdictions) == 27
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        read(text.replace("days_over", "days"))
    assert isinstance(rules()[0], DefaultRule)
