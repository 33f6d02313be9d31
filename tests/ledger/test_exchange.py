"""Money converted by reported rates: exact, both ways round, the newest of the day, never by a rate nobody reported."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.exchange import NoRate, Rate, convert, newest, total

USD = Rate("USD", "CNY", "7.1", date(2026, 3, 1), "PBC", 5)


def test_minor_units_differ_by_currency() -> None:
    """CNY 7.10 for a dollar; a yen has no minor unit, a dinar has a thousand of them."""
    rates = newest(
        [USD, Rate("JPY", "CNY", "0.05", date(2026, 3, 1), "PBC", 6), Rate("KWD", "CNY", "23", USD.day, "x", 7)]
    )
    assert convert(10_000, "USD", "CNY", rates).amount == 71_000
    assert convert(10_000, "JPY", "CNY", rates).amount == 50_000
    assert convert(1_000, "KWD", "CNY", rates).amount == 2_300
    assert convert(71_000, "CNY", "USD", rates) == (10_000, (USD,))


def test_the_newest_of_the_day_and_the_direct_one() -> None:
    later, again = USD._replace(day=date(2026, 3, 2), rate="7.2", position=4), USD._replace(rate="7.3", position=9)
    assert newest([later, USD, again])["USD", "CNY"] == later
    assert newest([USD, again])["USD", "CNY"] == again
    direct = Rate("CNY", "USD", "0.2", date(2020, 1, 1), "x", 1)
    assert newest([USD, direct])["CNY", "USD"] == direct


def test_without_a_rate_there_is_no_sum() -> None:
    with pytest.raises(NoRate, match="EUR to CNY"):
        total([(1, "USD"), (1, "EUR")], "CNY", newest([USD]))
    assert total([(0, "EUR"), (5, "CNY")], "CNY", {}) == (5, ())


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**9))
def test_halves_go_to_the_even_one(amount: int, rate: int) -> None:
    exact, rest = divmod(amount * rate, 10**6)
    text = f"{rate // 10**6}.{rate % 10**6:06d}"
    found = convert(amount, "USD", "CNY", {("USD", "CNY"): USD._replace(rate=text)}).amount
    up = rest * 2 > 10**6 or (rest * 2 == 10**6 and exact % 2 == 1)
    assert found == exact + up
