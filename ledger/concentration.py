"""How much of a whole few hold: exact integers, nothing rounded up. Pure.

The Herfindahl-Hirschman index is the sum of squared shares: 10,000 basis points where one holds all, 10,000 / n where n
hold the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

WHOLE_BP: Final = 10_000
TOP: Final = 10


class Concentration(NamedTuple):
    """Of `parties` that hold `total` together (minor units): index, share of the largest, of the ten largest, in bp."""

    parties: int
    total: int
    hhi_bp: int
    largest_bp: int
    top_bp: int


def concentration(amounts: Iterable[int]) -> Concentration:
    """Of what each party holds; who holds nothing doesn't count. Nothing at all is no concentration: all are 0."""
    held = sorted((amount for amount in amounts if amount > 0), reverse=True)
    total = sum(held)
    if not total:
        return Concentration(0, 0, 0, 0, 0)
    return Concentration(
        len(held),
        total,
        WHOLE_BP * sum(amount * amount for amount in held) // (total * total),
        WHOLE_BP * held[0] // total,
        WHOLE_BP * sum(held[:TOP]) // total,
    )
