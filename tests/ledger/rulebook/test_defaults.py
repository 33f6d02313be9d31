"""Default by the law of the jurisdiction: the figure, its day, its citation; no figure, no answer."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType

import pytest

from ledger.rulebook.defaults import past_default
from ledger.rulebook.loading import PACKS, book

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
    texts = {file.name: file.read_text(encoding="utf-8") for file in (PACKS / "eu-ecspr").glob("*.toml")}
    mark = 'id = "eu.ecspr.default"\n'
    remembered = {name: text.replace(mark, mark + 'status = "unverified"\n') for name, text in texts.items()}
    assert remembered != texts
    known = MappingProxyType({"eu-ecspr": book("eu-ecspr", remembered)})
    assert past_default("DE", DAY, 5000, known).outcome == "not_provable"
