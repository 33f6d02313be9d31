"""The shapes of the platform rules: the pulse of cash, closed groups of lenders."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.shapes import SHAPES, Asked, Inconclusive, Table, closed_group
from risk.shapes.pulse import correlation

SUMS = st.lists(st.tuples(st.integers(0, 10**15), st.integers(0, 10**15)), min_size=2, max_size=30)
PARAMS = {"together": 3, "lenders_max": 10, "borrowers_max": 10}


@given(SUMS)
def test_correlation_is_pearsons(pairs: list[tuple[int, int]]) -> None:
    """r squared by exact fractions: the figure is its root, cut to a basis point."""
    xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
    n = len(pairs)
    mean_x, mean_y = Fraction(sum(xs), n), Fraction(sum(ys), n)
    above = sum((x - mean_x) * (y - mean_y) for x, y in pairs)
    below = sum((x - mean_x) ** 2 for x in xs) * sum((y - mean_y) ** 2 for y in ys)
    found = correlation(xs, ys)
    if below == 0:
        assert found is None
        return
    assert found is not None
    squared = above * above / below * 10**8
    assert found**2 <= squared < (abs(found) + 1) ** 2
    assert (found >= 0) == (above >= 0) or found == 0


def pulse(rows: list[tuple[object, ...]], days: list[int]) -> list[tuple[int, tuple[int | None, ...]]]:
    shape = SHAPES["pulse@1"]
    return sorted((each.day, each.measures) for each in shape.find(Table(shape.needs, rows), Asked(days, 90, {})))


def test_pulse_of_one_day_is_that_of_many() -> None:
    rng = Random(4)
    rows: list[tuple[object, ...]] = [
        (platform, "CNY", day, rng.randrange(10**6), rng.randrange(10**6), rng.randrange(10**6), None, day)
        for day in range(200)
        for platform in "ab"
    ]
    together = pulse(rows, [120, 150, 199])
    assert together == sorted(found for day in (120, 150, 199) for found in pulse(rng.sample(rows, len(rows)), [day]))


def fund(loan: str, borrower: str, *lenders: str, day: int = 100, platform: str = "a") -> list[tuple[object, ...]]:
    """A loan and its core lenders, as `v1.funding` says it: platform, currency, loan, borrower, lender, ..."""
    return [
        (platform, "CNY", loan, borrower, lender, 1_000, day, day * 86_400, 10 * int(loan) + number)
        for number, lender in enumerate((None, *lenders))
    ]


def closed(
    rows: list[tuple[object, ...]], day: int = 100
) -> list[tuple[tuple[str | None, ...], tuple[int | None, ...]]]:
    shape = SHAPES["closed_group@1"]
    return [(each.keys, each.measures) for each in shape.find(Table(shape.needs, rows), Asked([day], 50, PARAMS))]


def test_lenders_who_go_together_are_one_group() -> None:
    rows = [row for n in range(4) for row in fund(str(n), f"b{n % 2}", "u", "v", "w")]
    rows += [*fund("4", "b7", "u", "x"), *fund("5", "b8", "y", "z")]
    assert closed(rows) == [(("a", "CNY", "u"), (4, 3, 2, 4_000, 6, 6_666))]
    assert closed(rows, day=160) == [], "out of the window"


def test_crowds_are_no_group() -> None:
    lenders = [f"u{n:02d}" for n in range(12)]
    rows = [row for n in range(6) for row in fund(str(n), "b", *lenders[n % 3 :: 3], *lenders[: n % 2])]
    assert all(measures[1] is not None and measures[1] <= 10 for _, measures in closed(rows))
    many = [row for n in range(12) for row in fund(str(n), f"b{n}", "u", "v")]
    assert closed(many) == [], "more borrowers than a closed group has"


def test_too_much_is_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closed_group, "ROWS_MAX", 3)
    with pytest.raises(Inconclusive, match="more than 3"):
        closed([row for n in range(4) for row in fund(str(n), "b", "u", "v")])
