"""Reason sentences: templates with `{name}` or `{name|form}`, filled with the figures of a finding.

Forms: `money` (minor units of the finding's `currency`), `bp` (basis points as per cent), `date` (a day number), `id`
(the last part of a key), `minutes` (of seconds). Plain integers get thousands separators.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from iso4217 import Currency

from risk.compile import date_of

Values = Mapping[str, int | str | None]
_NAME = re.compile(r"\{([a-z][a-z0-9_]*)(?:\|([a-z]+))?\}")
_EXPONENTS = {currency.code: currency.exponent or 0 for currency in Currency}
_UNREPORTED = {"zh": "未报告", "en": "not reported"}


def fill(template: str, values: Values, language: str) -> str:
    """The sentence. Raises KeyError for a name or form that is not there: a corpus test fills every template."""
    return _NAME.sub(lambda match: _one(values, language, match[1], match[2]), template)


def _one(values: Values, language: str, name: str, form: str | None) -> str:
    value = values[name]
    if value is None:
        return _UNREPORTED[language]
    if form is not None:
        return FORMS[form](value, values)
    return f"{value:,}" if isinstance(value, int) else value


def money(amount: int, currency: str) -> str:
    """`1,234.50 CNY` of 123450 minor units; exact, by integer arithmetic."""
    exponent = _EXPONENTS.get(currency, 2)
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    whole, part = divmod(size, 10**exponent)
    decimals = f".{part:0{exponent}d}" if exponent else ""
    return f"{sign}{whole:,}{decimals} {currency}"


def _money(value: int | str, values: Values) -> str:
    return money(int(value), str(values["currency"]))


def _bp(value: int | str, values: Values) -> str:
    whole, part = divmod(abs(int(value)), 100)
    return f"{'-' if int(value) < 0 else ''}{whole:,}{f'.{part:02d}'.rstrip('0') if part else ''}%"


FORMS: dict[str, Callable[[int | str, Values], str]] = {
    "money": _money,
    "bp": _bp,
    "date": lambda value, _: date_of(int(value)).isoformat(),
    "id": lambda value, _: str(value).rpartition("/")[2],
    "minutes": lambda value, _: f"{-(-int(value) // 60):,}",
}
