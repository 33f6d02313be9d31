"""Why a balance differs: cuts at another moment, single lines, and what stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.differences import SETTLEMENT, Difference, Line, Statement, explain

DAY = timedelta(days=1)
FIRST = datetime(2026, 3, 1, 16, tzinfo=UTC)


def statement(day: int, reported: int, derived: int, *near: tuple[float, int]) -> Statement:
    """`near`: (hours after the statement's moment, amount); positions count from 1."""
    as_of = FIRST + day * DAY
    lines = [Line(n, as_of + timedelta(hours=hours), amount) for n, (hours, amount) in enumerate(near, 1)]
    return Statement(day, as_of, reported, derived, sorted(lines, key=lambda line: line.happened_at))


def explained(*statements: Statement) -> list[Difference]:
    return list(explain(statements))


def test_agreement_needs_no_lines() -> None:
    assert explained(statement(0, 70, 70)) == [Difference(0, 0, (), 0, None)]


@pytest.mark.parametrize(
    ("reported", "near", "lines"),
    [
        (60, [(-1, 40)], (1,)),  # booked an hour before the cut, not yet at the custodian
        (10, [(-9, 50), (-1, 40)], (1, 2)),
        (130, [(2, 30), (5, 9)], (1,)),  # at the custodian already, booked after the cut
        (105, [(-3, 25), (-2, -5)], (2,)),  # a payment out that the custodian hadn't made
        (75, [(-3, 25), (-2, -5), (-1, 7)], (1,)),  # one line among others that did arrive
        (140, [(1, 3), (2, 40), (3, 8)], (2,)),
    ],
)
def test_lines_beside_the_cut_explain_to_the_cent(
    reported: int, near: list[tuple[float, int]], lines: tuple[int, ...]
) -> None:
    (found,) = explained(statement(0, reported, 100, *near))
    assert found == Difference(reported - 100, reported - 100, lines, 0, None)
    assert found.kind == "timing"


def test_the_nearest_cut_wins() -> None:
    (found,) = explained(statement(0, 90, 100, (-3, 4), (-2, 6), (-1, 10)))
    assert found.lines == (3,)


@pytest.mark.parametrize(("reported", "kind"), [(93, "unknown"), (107, "unassigned")])
def test_what_no_line_explains_stays_until_it_agrees(reported: int, kind: Any) -> None:
    near = (-1.0, 40)
    found = explained(
        statement(0, 100, 100),
        statement(1, reported, 100, near),
        statement(2, reported - 40, 100, near),  # and forty more are on their way
        statement(3, reported, 100, near),
        statement(4, 100, 100),
        statement(5, reported, 100, near),
    )
    assert [each.kind for each in found] == ["agrees", kind, kind, kind, "agrees", kind]
    assert [each.since_day for each in found] == [None, 1, 1, 1, None, 5]
    assert [(each.timing, each.lines) for each in found][2] == (-40, (1,))
    assert {each.rest for each in found} == {0, reported - 100}


def test_a_gap_that_turns_begins_anew() -> None:
    found = explained(statement(0, 90, 100), statement(1, 85, 100), statement(2, 103, 100))
    assert [(each.rest, each.since_day) for each in found] == [(-10, 0), (-15, 0), (3, 2)]


def test_timing_that_stays_becomes_unknown() -> None:
    """The line is out of reach at the next statement: what was late for a day is missing after that."""
    found = explained(statement(0, 60, 100, (-1, 40)), statement(1, 60, 100))
    assert [(each.kind, each.since_day) for each in found] == [("timing", None), ("unknown", 1)]


hours = st.integers(-int(SETTLEMENT.total_seconds()) + 1, int(SETTLEMENT.total_seconds()))
amounts = st.integers(-(10**12), 10**12).filter(bool)


@given(st.lists(st.tuples(hours, amounts), max_size=30), st.integers(0, 10**15), st.data())
def test_any_other_cut_is_found(near: list[tuple[int, int]], derived: int, data: st.DataObject) -> None:
    """A custodian that cut the day at any other moment in reach is never taken for one who lost money."""
    cut = data.draw(hours)
    moved = sum(amount for at, amount in near if 0 < at <= cut) - sum(a for at, a in near if cut < at <= 0)
    lines = [(at / 3600, amount) for at, amount in near]
    (found,) = explained(statement(0, derived + moved, derived, *lines))
    assert found.rest == 0
    assert found.kind == ("timing" if moved else "agrees")


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), max_size=40))
def test_the_parts_always_add_up(balances: list[tuple[int, int]]) -> None:
    for each, (reported, derived) in zip(
        explained(*(statement(day, *both) for day, both in enumerate(balances))), balances, strict=True
    ):
        assert each.total == reported - derived == each.timing + each.rest
        assert (each.since_day is None) == (each.rest == 0)
