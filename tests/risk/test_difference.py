"""Two ways of judging, held against each other at an equal budget."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from risk.difference import compare, strongest
from risk.findings import Finding

BASE = Finding(
    "I03-structuring", 1, 20_000, 19_990, 0, {}, None, (), "low", 0, {}, {}, (), 0, "", "", shareable=False,
)  # fmt: skip
FINDINGS = st.lists(
    st.builds(
        lambda key, score, day: replace(BASE, key={"payer": key}, score=score, day=day),
        st.sampled_from("abcdef"), st.integers(0, 3), st.integers(20_000, 20_002),
    ),
    max_size=20,
)  # fmt: skip


def found(key: str, score: int, day: int = 20_000) -> Finding:
    return replace(BASE, key={"payer": key}, score=score, day=day)


def test_budget_cuts_both_sides_by_strength() -> None:
    left = [found("a", 900), found("b", 500), found("c", 100)]
    right = [found("d", 700), found("b", 600), found("a", 10)]
    result = compare(left, right, budget=2)
    assert [each.key["payer"] for each in result.only_left] == ["a"]
    assert [each.key["payer"] for each in result.only_right] == ["d"]
    assert [(one.score, other.score) for one, other in result.both] == [(500, 600)]
    assert len(compare(left, right).both) == 2


def test_a_matter_counts_once_with_its_strongest_day() -> None:
    assert strongest([found("a", 1), found("a", 5, 20_001), found("a", 5, 20_002)]) == [found("a", 5, 20_001)]


@given(FINDINGS, FINDINGS, st.one_of(st.none(), st.integers(1, 6)))
def test_nothing_is_lost_or_counted_twice(left: list[Finding], right: list[Finding], budget: int | None) -> None:
    result = compare(left, right, budget)
    ours = [each.alert_key for each in (*result.only_left, *(one for one, _ in result.both))]
    theirs = [each.alert_key for each in (*result.only_right, *(other for _, other in result.both))]
    assert sorted(ours) == sorted(each.alert_key for each in strongest(left, budget))
    assert sorted(theirs) == sorted(each.alert_key for each in strongest(right, budget))
    assert compare(left, left, budget).only_left == ()
    assert compare(left, left, budget).only_right == ()
