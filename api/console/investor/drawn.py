"""Sums and bars of an investor's money. A bar is lengths in thousandths; the figures always stand beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from api.console.words import N_
from api.mine import Overview
from projections.mine import LoanSums, Sums

WIDTH: Final = 1_000
PARTS: Final = {
    "held": N_("Held for you"),
    "released": N_("Gone to the project"),
    "fees": N_("Platform fees"),
    "back": N_("Back with you"),
}


class Part(NamedTuple):
    """A part of a bar: which, how much (minor units), where it begins and how long it is."""

    kind: str
    label: str
    amount: int
    start: int
    length: int


class Bar(NamedTuple):
    """What became of money that was paid in."""

    currency: str
    total: int
    parts: Sequence[Part]


class Money(NamedTuple):
    """All of one currency."""

    currency: str
    pledges: Sums | None
    loans: LoanSums | None
    bar: Bar | None


def bar_of(currency: str, total: int, held: int, released: int, fees: int, back: int) -> Bar | None:
    """The bar of an amount that was paid in; None where nothing was."""
    if not total:
        return None
    amounts = {"held": held, "released": released, "fees": fees, "back": back}
    parts, before = [], 0
    for kind, amount in amounts.items():
        if amount:
            start, end = WIDTH * before // total, WIDTH * (before + amount) // total
            parts.append(Part(kind, PARTS[kind], amount, start, max(end - start, 4)))
            before += amount
    return Bar(currency, total, parts)


def sums(overview: Overview) -> list[Money]:
    """Each currency by itself, the one with most money first; amounts of different ones are never added up."""
    pledges = {each.currency: each for each in overview.pledges}
    loans = {each.currency: each for each in overview.loans}
    found = []
    for currency in sorted({*pledges, *loans}):
        own = pledges.get(currency)
        bar = bar_of(currency, own.collected, own.in_escrow, own.released, own.fees, own.refunded) if own else None
        found.append(Money(currency, own, loans.get(currency), bar))
    return found


def share(part: int, whole: int) -> int:
    """How far a meter is filled, in thousandths; what is beyond its end fills it."""
    return min(WIDTH, WIDTH * part // whole) if whole > 0 else WIDTH if part > 0 else 0
