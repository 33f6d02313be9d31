"""Labels: read strictly, held against alerts in strict order of score."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from risk.findings import Finding
from risk.labels import Label, LabelError, held_against, read_labels

BASE = Finding(
    "I03-structuring", 1, 20_000, 19_990, 0, {}, None, (), "low", 0, {}, {}, (), 0, "", "", shareable=False,
)  # fmt: skip
HEAD = "entity,first_day,last_day"


def found(payer: str, score: int, day: int = 20_000) -> Finding:
    return replace(BASE, key={"payer": payer}, score=score, day=day, first_day=day - 10)


def test_labels_are_read() -> None:
    (label,) = read_labels([f"\ufeff{HEAD}\r\n", "party:alpha/U-1, 2026-01-01 ,2026-01-31\r\n", "\r\n"])
    assert label.entity == "party:alpha/U-1"
    assert label.last_day - label.first_day == 30


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([], "first line"),
        (["entity,day\n"], "first line"),
        ([HEAD], "no labels"),
        ([HEAD + "\n", "a,2026-01-01\n"], "label 2 has 2 columns"),
        ([HEAD + "\n", "a,yesterday,2026-01-01\n"], "label 2: 'yesterday'"),
        ([HEAD + "\n", "a,2026-01-02,2026-01-01\n"], "label 2 names no entity, or ends"),
        ([HEAD + "\n", ",2026-01-01,2026-01-01\n"], "label 2 names no entity"),
        ([HEAD + "\n", '"a,2026-01-01,2026-01-01\n'], "no CSV"),
    ],
)
def test_bad_labels_are_told(lines: list[str], says: str) -> None:
    with pytest.raises(LabelError, match=says):
        read_labels(lines)


def test_precision_and_recall_follow_the_score() -> None:
    right = [found(f"bad{n}", 900 - n) for n in range(60)]
    wrong = [found(f"good{n}", 500 - n) for n in range(140)]
    labels = [Label(f"bad{n}", 19_999, 20_001) for n in range(120)]
    small, larger, *_ = held_against([*wrong, *right], labels)
    assert (small.budget, small.alerts, small.hits, small.precision_bp, small.recall_bp) == (100, 100, 60, 6_000, 5_000)
    assert (larger.alerts, larger.precision_bp, larger.recall_bp) == (200, 3_000, 5_000)


def test_hit_needs_a_day_in_common() -> None:
    alert = [found("a", 5)]
    for first, last, hits in ((20_001, 20_009, 0), (20_000, 20_000, 1), (19_900, 19_990, 1), (19_900, 19_989, 0)):
        assert held_against(alert, [Label("a", first, last)])[0].hits == hits


def test_nothing_found_has_no_precision() -> None:
    first = held_against([], [Label("a", 1, 2)])[0]
    assert (first.alerts, first.precision_bp, first.recall_bp) == (0, None, 0)
