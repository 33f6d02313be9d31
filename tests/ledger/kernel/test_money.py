"""Sharing out cents: every one is placed, as fairly as can be, the same on every replay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.kernel.money import is_currency, largest_remainder

weights = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 10**12), min_size=1, max_size=8)
heavy = weights.filter(lambda each: any(each.values()))
amounts = st.integers(-(10**15), 10**15)


@given(amounts, heavy)
def test_every_cent_is_placed(amount: int, weights: dict[str, int]) -> None:
    assert sum(largest_remainder(amount, weights).values()) == amount


@given(amounts, heavy)
def test_nobody_is_more_than_a_cent_from_her_part(amount: int, weights: dict[str, int]) -> None:
    total = sum(weights.values())
    for key, share in largest_remainder(amount, weights).items():
        assert abs(share * total - amount * weights[key]) < total


@given(heavy, st.data())
def test_no_share_of_a_part_exceeds_what_is_held(weights: dict[str, int], data: st.DataObject) -> None:
    # Why claims never fall below zero: what is repaid is at most what is held.
    amount = data.draw(st.integers(0, sum(weights.values())))
    assert all(0 <= share <= weights[key] for key, share in largest_remainder(amount, weights).items())


@given(amounts, heavy)
def test_a_negative_amount_is_the_mirror(amount: int, weights: dict[str, int]) -> None:
    mirrored = {key: -share for key, share in largest_remainder(-amount, weights).items()}
    assert largest_remainder(amount, weights) == mirrored


@given(amounts, heavy, st.randoms())
def test_the_order_of_the_holders_does_not_matter(amount: int, weights: dict[str, int], random: object) -> None:
    shuffled = list(weights.items())
    random.shuffle(shuffled)
    assert largest_remainder(amount, dict(shuffled)) == largest_remainder(amount, weights)


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_equal_weights_differ_by_a_cent_at_most_and_the_smaller_key_has_it(amount: int, weight: int) -> None:
    shares = largest_remainder(amount, {"c": weight, "a": weight, "b": weight})
    assert shares["a"] >= shares["b"] >= shares["c"] >= shares["a"] - 1


@given(amounts, heavy)
def test_who_has_no_part_gets_nothing(amount: int, weights: dict[str, int]) -> None:
    shares = largest_remainder(amount, weights)
    assert all(shares[key] == 0 for key, weight in weights.items() if not weight)


def test_worked_example() -> None:
    assert largest_remainder(100, {"U": 500, "V": 300, "W": 100}) == {"U": 56, "V": 33, "W": 11}
    assert largest_remainder(0, {"U": 1}) == {"U": 0}


@pytest.mark.parametrize("weights", [{}, {"a": 0}, {"a": 2, "b": -1}])
def test_weights_that_are_none(weights: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        largest_remainder(1, weights)


def test_currencies() -> None:
    assert is_currency("CNY")
    assert not is_currency("RMB")
