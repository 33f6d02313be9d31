"""What an investor's declaration makes of her: the figures that limits ask for, and what she counts as. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ledger.rulebook.checks import APPLIED, qualifies
from ledger.rulebook.loading import Stated
from ledger.rulebook.model import Qualification
from ledger.states.parties import Declaration


def figures_of(declared: Declaration | None, amount: int) -> dict[str, int]:
    """Figures that thresholds may name. What is declared as net worth is what that law means by it."""
    figures = {"ticket": amount}
    if declared is None:
        return figures
    given = {
        "annual_income": declared.annual_income,
        "net_worth": declared.net_worth,
        "net_assets": declared.net_worth,
        "financial_assets": declared.financial_assets,
        "experience_years": declared.experience_years,
    }
    return figures | {name: value for name, value in given.items() if value is not None}


def standings_of(
    declared: Declaration | None, figures: Mapping[str, int], party: str, rules: Iterable[Stated]
) -> frozenset[str]:
    """What she counts as: by her word, or by the figures where a rule that is applied says so."""
    found = set()
    if declared is not None:
        found |= {name for name in ("accredited", "sophisticated") if getattr(declared, name)}
    for stated in rules:
        rule = stated.rule
        if isinstance(rule, Qualification) and rule.status in APPLIED and rule.party in {"any", party}:
            currency_fits = declared is not None and declared.currency == rule.currency
            if currency_fits and qualifies(rule, figures, party):
                found.add(rule.gives)
    return frozenset(found)
