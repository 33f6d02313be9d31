"""Exchange rates that somebody reported, and money converted by them. Nothing is converted without one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final, NamedTuple

from iso4217 import Currency

# Wide enough that the product of a sum and a rate is exact before it is rounded.
_EXACT: Final = Context(prec=80, rounding=ROUND_HALF_EVEN)


class Rate(NamedTuple):
    """One unit of `base` was worth `rate` units of `quote` on `day`; `position` is the event that said so."""

    base: str
    quote: str
    rate: str
    day: date
    provider: str
    position: int


Rates = Mapping[tuple[str, str], Rate]  # the rate to use from one currency into another


class Converted(NamedTuple):
    """A sum in one currency, minor units, with the rates that it took."""

    amount: int
    rates: tuple[Rate, ...]


class NoRate(Exception):
    """No rate was reported between two currencies on or before the day."""

    def __init__(self, source: str, target: str) -> None:
        super().__init__(f"no rate from {source} to {target} was reported")
        self.source, self.target = source, target


def newest(reported: Iterable[Rate]) -> Rates:
    """Of each pair the newest, of one day the one told last. A rate converts both ways, a direct one is preferred."""
    found: dict[tuple[str, str], Rate] = {}
    for each in sorted(reported, key=lambda rate: (rate.day, rate.position)):
        found[each.base, each.quote] = each
    return {(pair[1], pair[0]): rate for pair, rate in found.items()} | found


def convert(amount: int, source: str, target: str, rates: Rates) -> Converted:
    """Minor units of `source` in minor units of `target`, a half to the even one. Raises NoRate."""
    if source == target:
        return Converted(amount, ())
    rate = rates.get((source, target))
    if rate is None:
        raise NoRate(source, target)
    units = Decimal(amount).scaleb(_exponent(target) - _exponent(source), _EXACT)
    worth = Decimal(rate.rate)
    exact = _EXACT.multiply(units, worth) if rate.base == source else _EXACT.divide(units, worth)
    return Converted(int(exact.to_integral_value(ROUND_HALF_EVEN)), (rate,))


def total(lines: Iterable[tuple[int, str]], target: str, rates: Rates) -> Converted:
    """The sum of (amount, currency) in one currency: each currency is added up first and converted once.

    Raises NoRate for the first, by code, that can't be converted.
    """
    sums: dict[str, int] = {}
    for amount, currency in lines:
        sums[currency] = sums.get(currency, 0) + amount
    found = [convert(amount, currency, target, rates) for currency, amount in sorted(sums.items()) if amount]
    return Converted(sum(each.amount for each in found), tuple(rate for each in found for rate in each.rates))


def _exponent(code: str) -> int:
    return int(Currency(code).exponent or 0)
