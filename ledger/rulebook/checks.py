"""What a rule says about a figure: its limit, whether it is kept, or that this can't be proved. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_FLOOR
from typing import Final, Literal, NamedTuple

from ledger.lending.days import add_months
from ledger.rulebook.model import Bound, Cap, Qualification, Threshold, Tier, ratio

Outcome = Literal["pass", "breach", "warn", "not_provable"]
# What may be applied: what was read and is law, or is a platform's own word. Nothing else is ever a breach.
APPLIED: Final = frozenset({"in_force", "platform_terms"})
# Figures that follow from others. `either` is below a bound as soon as the smaller of the two is.
_DERIVED: Final = {"lesser": min, "greater": max, "either": min}


class Limit(NamedTuple):
    """What a cap allows, in the unit of its measure. `amount` None: there is no limit for this party.

    `missing` names the figures that would have to be known; then nothing else is.
    """

    amount: int | None
    missing: tuple[str, ...] = ()
    reading: str | None = None
    literal: int | None = None  # what the text alone would allow, where `reading` chose the lower


class Answer(NamedTuple):
    """A cap held against a figure. `used` is before the new amount, `remaining` after it would be too much."""

    outcome: Outcome
    limit: Limit
    used: int | None
    remaining: int | None


def keeps(figure: int, bound: Bound, limit: int) -> bool:
    """Whether a figure keeps a bound."""
    if bound == "<":
        return figure < limit
    if bound == "<=":
        return figure <= limit
    return figure > limit if bound == ">" else figure >= limit


def figure_of(name: str, figures: Mapping[str, int]) -> int | None:
    """A declared figure, or one that follows from income and net worth; None where one that it needs is not known."""
    derive = _DERIVED.get(name)
    if derive is None:
        return figures.get(name)
    both = [figures.get("annual_income"), figures.get("net_worth")]
    known = [each for each in both if each is not None]
    return derive(known) if len(known) == len(both) else None


def limit_of(cap: Cap, figures: Mapping[str, int], standings: frozenset[str] = frozenset()) -> Limit:
    """The cap's limit for a party with these declared figures (minor units) and standings (`accredited`, ...)."""
    if standings & set(cap.exempt):
        return Limit(None)
    for tier in cap.tiers:
        if tier.when is not None:
            figure = figure_of(tier.when.figure, figures)
            if figure is None:
                return Limit(None, _missing(tier.when.figure))
            if not keeps(figure, tier.when.bound, tier.when.amount):
                continue
        return _limit(tier, figures)
    raise AssertionError("the last tier of a cap always holds")


def _limit(tier: Tier, figures: Mapping[str, int]) -> Limit:
    if tier.amount is not None:
        return Limit(tier.amount)
    assert tier.share is not None
    assert tier.base is not None
    base = figure_of(tier.base, figures)
    if base is None:
        return Limit(None, _missing(tier.base))
    # Down to the minor unit: a limit that is rounded up would let a cent too much pass.
    share = int((ratio(tier.share) * base).to_integral_value(ROUND_FLOOR))
    literal = max(share, tier.at_least or 0)
    amount = literal if tier.at_most is None else min(literal, tier.at_most)
    if tier.reading is None or amount == literal:
        return Limit(amount)
    return Limit(amount, (), tier.reading, literal)


def _missing(figure: str) -> tuple[str, ...]:
    return ("annual_income", "net_worth") if figure in _DERIVED else (figure,)


def counted_from(cap: Cap, day: date) -> date | None:
    """The first day that a flow counts on `day`: twelve months are the 365 days (366) that end with it; None: ever."""
    return None if cap.months is None else add_months(day, -cap.months) + timedelta(days=1)


def freed_on(months: int, day: date) -> date:
    """The first day on which a flow of `day` counts no more, in a cap over so many months."""
    end = add_months(day, months)
    # A month that is too short pulls the day back: what was put in on 31 January still counts on 28 February.
    while add_months(end, -months) < day:
        end += timedelta(days=1)
    return end


def hold(
    cap: Cap,
    used: int | None,
    new: int,
    figures: Mapping[str, int] | None = None,
    standings: frozenset[str] = frozenset(),
) -> Answer:
    """Whether `used` + `new` keep the cap. `used` None: it can't be known from here, such as what other ledgers hold.

    A figure that isn't known is answered by the cap's `unknown` policy; a rule that isn't law by not_provable.
    """
    limit = limit_of(cap, figures or {}, standings)
    if cap.status not in APPLIED:
        return Answer("not_provable", limit, used, None)
    if limit.amount is None and not limit.missing:
        return Answer("pass", limit, used, None)
    if limit.amount is None or used is None:
        return Answer(cap.unknown, limit, used, None)
    strict = 1 if cap.bound == "<" else 0
    remaining = max(limit.amount - strict - used, 0) if cap.bound in {"<", "<="} else None
    if keeps(used + new, cap.bound, limit.amount):
        return Answer("pass", limit, used, remaining)
    return Answer("warn" if cap.warning else "breach", limit, used, remaining)


def qualifies(rule: Qualification, figures: Mapping[str, int], party: str = "person") -> bool | None:
    """Whether enough groups are met; None where figures are missing that could still decide it."""
    met = [_group(group, figures, party) for group in rule.groups]
    if met.count(True) >= rule.need:
        return True
    return None if met.count(True) + met.count(None) >= rule.need else False


def _group(group: tuple[Threshold, ...], figures: Mapping[str, int], party: str) -> bool | None:
    asked = [each for each in group if each.party in {"any", party}]
    answers = [_meets(each, figures) for each in asked]
    if True in answers:
        return True
    return None if None in answers else False


def _meets(threshold: Threshold, figures: Mapping[str, int]) -> bool | None:
    figure = figure_of(threshold.figure, figures)
    return None if figure is None else keeps(figure, threshold.bound, threshold.amount)
