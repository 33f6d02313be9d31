"""The law in words: where a rule of a rulebook has its page, what it allows, whether it is applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final
from urllib.parse import quote

from api.console.speech import Speech
from api.console.words import N_, known
from ledger.rulebook.loading import books
from ledger.rulebook.model import (
    AnyRule,
    Band,
    Cap,
    Clock,
    Definition,
    Duty,
    Prohibition,
    Qualification,
    Rate,
    Relief,
    Threshold,
    Tier,
)

ROOM: Final = "/console/rulebooks"
STATUSES: Final[Mapping[str, str]] = {
    "in_force": N_("in force"),
    "platform_terms": N_("platform's terms"),
    "draft": N_("draft, never law"),
    "superseded_before_effect": N_("withdrawn before it took effect"),
    "unverified": N_("unverified: never applied"),
}
# How loud each status is: what is applied is calm, what is from memory is not to be overlooked.
TAGS: Final[Mapping[str, str]] = {
    "in_force": "tag-good",
    "platform_terms": "tag-good",
    "draft": "",
    "superseded_before_effect": "",
    "unverified": "tag-bad",
}
KINDS: Final[Mapping[str, str]] = {
    "lending": N_("Lending"),
    "equity": N_("Equity"),
    "reward": N_("Reward"),
    "donation": N_("Donation"),
}
CHECKS: Final[Mapping[type, str]] = {
    Cap: N_("Limit"),
    Clock: N_("Period"),
    Qualification: N_("Standing"),
    Rate: N_("Rate"),
    Definition: N_("Definition"),
    Duty: N_("Duty"),
    Prohibition: N_("Prohibition"),
    Relief: N_("Relief"),
}
OUTCOMES: Final[Mapping[str, str]] = {
    "pass": N_("kept"),
    "breach": N_("broken"),
    "warn": N_("a warning is owed"),
    "not_provable": N_("can't be proved"),
}
FIGURES: Final[Mapping[str, str]] = {
    "annual_income": N_("annual income"),
    "average_income": N_("average income of three years"),
    "net_worth": N_("net worth"),
    "net_assets": N_("net assets without home and pension"),
    "financial_assets": N_("financial assets"),
    "lesser": N_("the lesser of income and net worth"),
    "greater": N_("the greater of income and net worth"),
    "either": N_("income or net worth, whichever is smaller"),
    "principal": N_("principal"),
    "platform_outstanding": N_("what is outstanding on the platform"),
    "portfolio": N_("portfolio"),
    "experience_years": N_("years of experience"),
    "trades_per_quarter": N_("trades a quarter"),
    "own_funds": N_("own funds"),
    "turnover": N_("turnover"),
    "balance_sheet": N_("balance sheet total"),
    "ticket": N_("this investment"),
}
STANDINGS: Final[Mapping[str, str]] = {
    "accredited": N_("accredited investor"),
    "sophisticated": N_("sophisticated investor"),
    "high_net_worth": N_("high net worth"),
    "institution": N_("institution"),
    "angel": N_("angel investor"),
    "certified": N_("certificate of net worth"),
    "qualified": N_("qualified investor"),
}
_MEASURES: Final[Mapping[str, str]] = {
    "outstanding": N_("Outstanding"),
    "flow": N_("Invested"),
    "offers": N_("Raised by offers"),
    "holders": N_("Investors"),
    "ticket": N_("One investment"),
    "term_months": N_("Term in months"),
    "days_past_due": N_("Days past due"),
    "charges": N_("Interest, fees and penalties of a loan"),
    "share": N_("Share"),
    "platforms": N_("Platforms"),
}
_SCOPES: Final[Mapping[str, str]] = {
    "platform": N_("on one platform"),
    "all_platforms": N_("on all platforms together"),
}
_ROLES: Final[Mapping[str, str]] = {
    "within": N_("at the latest %(length)s after: %(moment)s"),
    "not_before": N_("not before %(length)s after: %(moment)s"),
    "until": N_("until %(length)s before: %(moment)s"),
}
_LENGTHS: Final[Mapping[str, Callable[[Speech, int], str]]] = {
    "hours": lambda say, length: say.plural("%(num)s hour", "%(num)s hours", length),
    "days": lambda say, length: say.plural("%(num)s day", "%(num)s days", length),
    "working_days": lambda say, length: say.plural("%(num)s working day", "%(num)s working days", length),
    "months": lambda say, length: say.plural("%(num)s month", "%(num)s months", length),
}
_MOMENTS: Final[Mapping[str, str]] = {
    "opened": N_("opening"),
    "launched": N_("launch"),
    "offer": N_("offer"),
    "first_request": N_("first request"),
    "deadline": N_("deadline"),
    "notice": N_("notice"),
    "target_reached": N_("target reached"),
    "fiscal_year_end": N_("end of the fiscal year"),
    "received": N_("receipt"),
    "month_end": N_("end of the month"),
    "test_passed": N_("test passed"),
    "declared": N_("declaration"),
    "material_change": N_("material change"),
    "registered": N_("registration"),
    "relation_ended": N_("end of the relationship"),
}
_BANDS: Final[Mapping[str, str]] = {
    "protected": N_("protected"),
    "natural_obligation": N_("natural obligation"),
    "void": N_("void"),
    "allowed": N_("allowed"),
}
_SIGNS: Final = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}


def address_of(rule: str) -> str | None:
    """The page of a rule of a rulebook, by its id (`cn.p2p.cap.natural`); None where no pack has it."""
    pack = next((name for name, book in books().items() if rule in book.rules), None)
    return None if pack is None else f"{ROOM}/{pack}/{quote(rule, safe='.')}"


def figure_said(rule: AnyRule, say: Speech) -> str:
    """What the rule allows in one line, in the reader's language; empty where it has no figure."""
    if isinstance(rule, Cap):
        return _cap(rule, say)
    if isinstance(rule, Clock):
        length = _LENGTHS[rule.unit](say, rule.length)
        return say.text(_ROLES[rule.role], length=length, moment=say.text(known(_MOMENTS, rule.starts)))
    if isinstance(rule, Qualification):
        groups = " / ".join(
            say.text(" or ").join(_threshold(each, rule.currency, say) for each in group) for group in rule.groups
        )
        named = say.text(known(STANDINGS, rule.gives))
        return say.text("%(standing)s: %(need)s of %(groups)s", standing=named, need=rule.need, groups=groups)
    if isinstance(rule, Rate):
        per = say.text("a year") if rule.per == "year" else say.text("a day")
        return f"{per}: " + "; ".join(_bands(rule.bands, say))
    return ""


def kind_said(rule: AnyRule, say: Speech) -> str:
    """What kind of rule it is."""
    return say.text(CHECKS.get(type(rule), type(rule).__name__))


def amount_said(cap: Cap, value: int, say: Speech) -> str:
    """A value in the unit of the cap's measure."""
    if cap.currency is not None:
        return say.money(value, cap.currency)
    return say.rate(f"{value}e-4") if cap.measure == "share" else say.number(value)


def _cap(rule: Cap, say: Speech) -> str:
    measure = say.text(_MEASURES[rule.measure])
    if rule.months:
        measure = say.text("%(what)s in %(num)s months", what=measure, num=rule.months)
    tiers = "; ".join(_tier(rule, tier, say) for tier in rule.tiers)
    return f"{measure} {_SIGNS[rule.bound]} {tiers} · {say.text(_SCOPES[rule.scope])}"


def _tier(cap: Cap, tier: Tier, say: Speech) -> str:
    when = ""
    if tier.when is not None:
        when = say.text("where %(what)s: ", what=_threshold(tier.when, cap.currency, say))
    if tier.amount is not None:
        return when + amount_said(cap, tier.amount, say)
    share = say.text(
        "%(share)s of %(base)s", share=say.rate(tier.share or "0"), base=say.text(known(FIGURES, tier.base or ""))
    )
    least = (
        say.text(", at least %(sum)s", sum=amount_said(cap, tier.at_least, say)) if tier.at_least is not None else ""
    )
    most = say.text(", at most %(sum)s", sum=amount_said(cap, tier.at_most, say)) if tier.at_most is not None else ""
    return f"{when}{share}{least}{most}"


def _threshold(threshold: Threshold, currency: str | None, say: Speech) -> str:
    money = currency is not None and threshold.figure not in {"experience_years", "trades_per_quarter"}
    value = say.money(threshold.amount, currency or "") if money else say.number(threshold.amount)
    return f"{say.text(known(FIGURES, threshold.figure))} {_SIGNS[threshold.bound]} {value}"


def _bands(bands: tuple[Band, ...], say: Speech) -> Iterator[str]:
    for band in bands:
        standing = say.text(known(_BANDS, band.standing))
        if band.up_to is not None:
            yield say.text("%(standing)s up to %(rate)s", standing=standing, rate=say.rate(band.up_to))
        elif band.times is not None:
            yield say.text(
                "%(standing)s up to %(times)s times the one-year loan prime rate", standing=standing, times=band.times
            )
        else:
            yield say.text("%(standing)s above", standing=standing)
