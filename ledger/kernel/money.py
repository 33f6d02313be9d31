"""Integer arithmetic on money in minor units; the only file that shares out cents."""

from __future__ import annotations

from collections.abc import Mapping

from iso4217 import Currency

CODES = frozenset(currency.code for currency in Currency)


def is_currency(code: str) -> bool:
    """True where `code` is a currency of ISO 4217, for example CNY."""
    return code in CODES


def largest_remainder(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Share `amount` minor units in proportion to `weights`, every cent placed, the same answer on every replay.

    Hamilton's method: floor every share, then hand the cents that are left to the largest remainders;
    ties go to the smaller key. Weights are >= 0 and not all zero; a negative `amount` is shared as its mirror.
    Raises ValueError otherwise.
    """
    total = sum(weights.values())
    if total <= 0 or any(weight < 0 for weight in weights.values()):
        raise ValueError("weights must be at least zero, and one above zero")
    sign, size = (-1, -amount) if amount < 0 else (1, amount)
    shares = {key: size * weight // total for key, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda key: (-(size * weights[key] % total), key))
    for key in by_remainder[: size - sum(shares.values())]:
        shares[key] += 1
    return {key: sign * share for key, share in shares.items()}
