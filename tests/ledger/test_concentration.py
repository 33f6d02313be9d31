"""Shares of a whole in exact basis points."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ledger.concentration import Concentration, concentration


def test_one_two_and_nobody() -> None:
    assert concentration([]) == concentration([0, -5]) == Concentration(0, 0, 0, 0, 0)
    assert concentration([7]) == Concentration(1, 7, 10_000, 10_000, 10_000)
    assert concentration([50, 50, 0]) == Concentration(2, 100, 5_000, 5_000, 10_000)
    assert concentration([1] * 20) == Concentration(20, 20, 500, 500, 5_000)


@given(st.lists(st.integers(1, 10**18), min_size=1, max_size=40))
def test_never_more_than_it_is(amounts: list[int]) -> None:
    found, total = concentration(amounts), sum(amounts)
    exact = sum(Fraction(each, total) ** 2 for each in amounts) * 10_000
    assert exact - 1 < found.hhi_bp <= exact
    assert 10_000 // len(amounts) <= found.hhi_bp <= found.largest_bp <= found.top_bp <= 10_000
