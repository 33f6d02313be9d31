"""Reason sentences: forms, languages, and what was not reported."""

from __future__ import annotations

import pytest

from risk.words import fill, money

VALUES = {
    "n": 12345, "total": 123450, "currency": "CNY", "bp": 1250, "day": 20515, "who": "party:huizhong/U-7",
    "span": 61, "none": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{n} of {who|id}", "12,345 of U-7"),
        ("{total|money}", "1,234.50 CNY"),
        ("{bp|bp}", "12.5%"),
        ("{day|date}", "2026-03-03"),
        ("{span|minutes} minutes", "2 minutes"),
        ("ip {none}", "ip not reported"),
    ],
)
def test_template_is_filled(template: str, sentence: str) -> None:
    assert fill(template, VALUES, "en") == sentence


def test_missing_value_is_said_in_the_reader_s_language() -> None:
    assert fill("地址 {none}", VALUES, "zh") == "地址 未报告"


def test_value_is_never_a_template() -> None:
    assert fill("{who}", {"who": "{n} {total|money}"}, "en") == "{n} {total|money}"


@pytest.mark.parametrize("template", ["{nothing}", "{n|loud}"])
def test_unknown_name_or_form_is_an_error(template: str) -> None:
    with pytest.raises(KeyError):
        fill(template, VALUES, "en")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(5, "USD", "0.05 USD"), (-123456, "USD", "-1,234.56 USD"), (500, "JPY", "500 JPY"), (1500, "KWD", "1.500 KWD")],
)
def test_money_is_exact(amount: int, currency: str, text: str) -> None:
    assert money(amount, currency) == text
