"""A rule's figures in one line, for tables and reference pages. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.rulebook.model import AnyRule, Cap, Clock, Qualification, Rate, Threshold, Tier

_SCOPES = {"platform": "one platform", "all_platforms": "all platforms"}
_ROLES = {"within": "within", "not_before": "not before", "until": "until, before"}


def figure(rule: AnyRule) -> str:
    """What the rule allows, as its data has it: amounts in minor units, shares in decimals."""
    if isinstance(rule, Cap):
        months = f" in {rule.months} months" if rule.months else ""
        tiers = "; ".join(_tier(tier) for tier in rule.tiers)
        currency = f" {rule.currency}" if rule.currency else ""
        return f"{rule.measure.replace('_', ' ')}{months} {rule.bound} {tiers}{currency}, {_SCOPES[rule.scope]}"
    if isinstance(rule, Clock):
        calendar = f" ({rule.calendar})" if rule.calendar else ""
        return f"{_ROLES[rule.role]} {rule.length} {rule.unit.replace('_', ' ')}{calendar} of {rule.starts}"
    if isinstance(rule, Qualification):
        groups = " / ".join(" or ".join(map(_threshold, group)) for group in rule.groups)
        return f"{rule.gives.replace('_', ' ')}: {rule.need} of {groups} {rule.currency}"
    if isinstance(rule, Rate):
        return f"per {rule.per}: " + "; ".join(_bands(rule))
    return ""


def _tier(tier: Tier) -> str:
    when = f"where {_threshold(tier.when)}: " if tier.when else ""
    if tier.amount is not None:
        return f"{when}{tier.amount:,}"
    least = f", at least {tier.at_least:,}" if tier.at_least is not None else ""
    most = f", at most {tier.at_most:,}" if tier.at_most is not None else ""
    return f"{when}{tier.share} of {str(tier.base).replace('_', ' ')}{least}{most}"


def _threshold(threshold: Threshold) -> str:
    return f"{threshold.figure.replace('_', ' ')} {threshold.bound} {threshold.amount:,}"


def _bands(rule: Rate) -> Iterator[str]:
    for band in rule.bands:
        standing = band.standing.replace("_", " ")
        if band.up_to is not None:
            yield f"{standing} to {band.up_to}"
        elif band.times is not None:
            yield f"{standing} to {band.times} x {band.reference}"
        else:
            yield f"{standing} above"
