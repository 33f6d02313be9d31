"""What standing a rate has: protected, a natural obligation, void; allowed or not. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from ledger.rulebook.model import Band, Rate, ratio

Standing = Literal["protected", "natural_obligation", "void", "allowed", "not_provable"]


def ceiling(band: Band, references: Mapping[str, Decimal]) -> Decimal | None:
    """The highest rate of a band; None where it has no end. Raises KeyError for a reference that isn't known."""
    if band.up_to is not None:
        return ratio(band.up_to)
    if band.reference is None or band.times is None:
        return None
    return references[band.reference] * band.times


def standing(rule: Rate, rate: Decimal, references: Mapping[str, Decimal]) -> Standing:
    """The standing of `rate` (per year or day, as the rule says). not_provable without the reference that it needs."""
    for band in rule.bands:
        try:
            highest = ceiling(band, references)
        except KeyError:
            return "not_provable"
        if highest is None or rate <= highest:
            return band.standing
    return "void"


def concerns(rule: Rate, loans: str, days: int) -> bool:
    """Whether the rule is about loans of this class and term."""
    if rule.loans not in {"all", loans}:
        return False
    return (rule.days_below is None or days < rule.days_below) and (rule.days_from is None or days >= rule.days_from)
