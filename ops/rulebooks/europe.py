"""Worked examples of the EU's ECSPR and of the UK's rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledger.rulebook.checks import hold, limit_of, qualifies
from ledger.rulebook.clocks import keeps_day, keeps_time
from ledger.rulebook.model import Cap, Clock, Definition, Qualification, ratio
from ops.rulebooks.facts import Facts, day, minor, moment, whole

Answer = dict[str, Any]
# Art. 9(2) RTS 2022/2114 leaves these out of liquid assets; everything else that is named counts.
NOT_LIQUID = frozenset({
    "house", "home", "real_estate", "pension", "occupational_pension", "old_crowdfunding_shares",
    "untransferable_shares", "crowdfunding",
})  # fmt: skip


def cap(facts: Facts) -> Answer:
    """Art. 1(2)(c): five million in twelve months."""
    total = sum(minor(each) for each in facts.get("project_owner_offers_12m"))
    kept = hold(facts.rule(Cap, "eu.ecspr.cap"), total, 0).outcome == "pass"
    return {"total": whole(total), "decision": "within ECSPR" if kept else "outside ECSPR, prospectus regime"}


def default(facts: Facts) -> Answer:
    """RTS 2022/2115 art. 1: more than 90 days."""
    rule = facts.rule(Cap, "eu.ecspr.default")
    return {"default": facts.over("days_past_due", lambda days: hold(rule, days, 0).outcome == "breach")}


def default_rate(facts: Facts) -> Answer:
    """RTS 2022/2115 art. 2: those that defaulted, by those that could; rounded to a thousandth of a per cent."""
    out = int(facts.get("already_defaulted", 0)) + int(facts.get("no_payment_scheduled", 0))
    base, defaulted = int(facts.get("loans_at_start")) - out, int(facts.get("defaulted_in_window"))
    if base <= 0:
        return {"denominator": base, "rate": None}
    rate = (Decimal(defaulted) * 100 / base).quantize(Decimal("0.001"))
    return {"denominator": base, "rate": f"{defaulted}/{base} = {rate}%"}


def retest(facts: Facts) -> Answer:
    """Art. 21(3): every two years."""
    clock = facts.rule(Clock, "eu.ecspr.retest")
    passed = day(facts.get("test_passed"))
    decision = facts.over(
        "invest_on", lambda text: "may invest" if keeps_day(clock, passed, day(text)) else "re-assess first"
    )
    return {"decision": decision, "decisions": decision}


def warning(facts: Facts) -> Answer:
    """Art. 21(7): above the higher of 1,000 and five per cent."""
    rule = facts.rule(Cap, "eu.ecspr.warn")
    figures = {"net_worth": facts.money("net_worth")}
    standings = frozenset({"sophisticated"} if facts.get("sophisticated", default=False) else ())
    warned = facts.over("investment", lambda amount: hold(rule, 0, minor(amount), figures, standings).outcome == "warn")
    limit = limit_of(rule, figures).amount
    return {"warning": warned, "threshold": None if limit is None else whole(limit)}


def net_worth(facts: Facts) -> Answer:
    """RTS 2022/2114 arts. 7 to 9, and the loss that is simulated from it."""
    given = [name for name in facts.inputs if name not in {"net_annual_income", "annual_commitments", "liquid_assets"}]
    liquid = facts.money("liquid_assets", 0) + sum(facts.money(name) for name in given if name not in NOT_LIQUID)
    worth = facts.money("net_annual_income", 0) + liquid - facts.money("annual_commitments", 0)
    share = facts.rule(Definition, "eu.ecspr.loss_sim").share
    assert share is not None
    threshold = limit_of(facts.rule(Cap, "eu.ecspr.warn"), {"net_worth": worth}).amount
    return {
        "liquid_assets": whole(liquid),
        "net_worth": whole(worth),
        "loss_simulation": whole(int(max(worth, 0) * ratio(share))),
        "warning_above": None if threshold is None else whole(threshold),
    }


def sophisticated(facts: Facts) -> Answer:
    """Annex II, for persons and for firms."""
    if facts.get("person", "natural") == "natural":
        rule = facts.rule(Qualification, "eu.ecspr.soph.natural")
        figures = {
            "annual_income": facts.money("gross_income", 0),
            "portfolio": facts.money("portfolio", 0),
            "experience_years": int(facts.get("finance_job_years", 0)),
            "trades_per_quarter": int(facts.get("trades_per_quarter", 0)),
        }
        eligible = qualifies(rule, figures)
    else:
        rule = facts.rule(Qualification, "eu.ecspr.soph.legal")
        firm = {name: facts.money(name, 0) for name in ("own_funds", "turnover", "balance_sheet")}
        eligible = qualifies(rule, firm, "organisation")
    return {"sophisticated_eligible": eligible}


def reflection(facts: Facts) -> Answer:
    """Art. 22: four calendar days, for those who are not sophisticated."""
    clock = facts.rule(Clock, "eu.ecspr.reflection")
    offered = moment(facts.get("offer_at"))

    def decision(text: str) -> str:
        if facts.get("sophisticated", default=False):
            return "no right to revoke"
        return "revoked, full refund" if keeps_time(clock, offered, moment(text)) else "too late"

    found = facts.over("revoke_at", decision)
    return {"decision": found, "decisions": found}


def restricted(facts: Facts) -> Answer:
    """Less than ten per cent, strictly."""
    rule = facts.rule(Cap, "uk.fca.restricted")
    figures = {"net_assets": facts.money("net_assets_excl_home_pension")}
    true = facts.over("rmmi_last_12m", lambda amount: hold(rule, minor(amount), 0, figures).outcome == "pass")
    return {"declaration_true": true}


def cooling(facts: Facts) -> Answer:
    """24 hours before a first offer, since February 2023."""
    asked, shown = moment(facts.get("first_request")), moment(facts.get("offer_shown"))
    stated = facts.books["uk-fca"].rules["uk.fca.cooling"][0].pack.effective_from
    clock = facts.law(Clock, "uk.fca.cooling", shown.date())
    if clock is None:
        return {"decision": f"no breach: before {stated}"}
    if facts.get("new_client", default=True) and not keeps_time(clock, asked, shown):
        return {"decision": f"breach: under {clock.length} h"}
    return {"decision": "no breach"}


def high_net_worth(facts: Facts) -> Answer:
    """Income or net assets."""
    figures = {"annual_income": facts.money("annual_income", 0), "net_assets": facts.money("net_assets_excl", 0)}
    return {"hnw": qualifies(facts.rule(Qualification, "uk.fca.hnw"), figures)}


EXAMPLES = {
    "eu.ecspr.cap": cap,
    "eu.ecspr.default": default,
    "eu.ecspr.default_rate": default_rate,
    "eu.ecspr.retest": retest,
    "eu.ecspr.warning": warning,
    "eu.ecspr.net_worth": net_worth,
    "eu.ecspr.loss_simulation": net_worth,
    "eu.ecspr.sophisticated": sophisticated,
    "eu.ecspr.reflection": reflection,
    "uk.fca.restricted_10pct": restricted,
    "uk.fca.cooling_24h": cooling,
    "uk.fca.hnw": high_net_worth,
}
