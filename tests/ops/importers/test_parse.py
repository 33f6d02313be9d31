"""Source text into values: exact, and refused by name where it can't be read."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from ops.importers import parse
from ops.importers.base import Rejected


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("0.005", 1),
        ("0.0049999", 0),
        ("2.675", 268),
        ("1.005", 101),
        ("-2.675", -268),
        ("0.27777777777778", 28),
        ("37500", 3_750_000),
        ("1e3", 100_000),
        ("99999.90000000001", 9_999_990),
        ("0.0000000000000000000000000000000000000001", 0),
    ],
)
def test_cents_round_half_away_from_zero(text: str, minor: int) -> None:
    assert parse.cents(parse.decimal(text)) == minor


@pytest.mark.parametrize(
    "text", ["", " ", "abc", "1,000", "NaN", "Infinity", "--1", "1.", ".5", "1e9999", "٣", "1_000"]
)
def test_decimal_takes_plain_numbers_only(text: str) -> None:
    with pytest.raises(Rejected, match="amount_unreadable"):
        parse.decimal(text)


def test_an_amount_beyond_what_json_carries_is_rejected() -> None:
    assert parse.cents(Decimal(2**53 - 1) / 100) == 2**53 - 1
    with pytest.raises(Rejected, match="amount_unreadable"):
        parse.cents(Decimal(2**53) / 100)


@pytest.mark.parametrize(
    ("text", "reason"), [("0", "amount_rounds_to_zero"), ("0.004", "amount_rounds_to_zero"), ("-1", "amount_negative")]
)
def test_an_event_needs_at_least_one_cent(text: str, reason: str) -> None:
    with pytest.raises(Rejected, match=reason):
        parse.positive_cents(parse.decimal(text))


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (parse.identifier, "has space"),
        (parse.identifier, ""),
        (parse.identifier, "ü"),
        (parse.identifier, "x" * 101),
        (parse.moment, "2019-09-30"),
        (parse.moment, "2019-09-30T23:53:18"),
        (parse.moment, "2019-02-30T00:00:00Z"),
        (parse.day, "2019-02-30"),
        (parse.day, "30.09.2019"),
        (parse.day, "2019-W01-1"),
        (parse.day, ""),
    ],
)
def test_what_can_not_be_read_is_rejected(reader: Callable[[str], object], text: str) -> None:
    with pytest.raises(Rejected):
        reader(text)


def test_dates_are_read_in_both_spellings() -> None:
    assert parse.day("20160628") == parse.day("2016-06-28")
