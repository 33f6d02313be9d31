"""Worked examples of US Regulation Crowdfunding."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ledger.rulebook.checks import hold, limit_of
from ledger.rulebook.clocks import keeps_day, keeps_time, last_day
from ledger.rulebook.model import Cap, Clock, Relief
from ops.rulebooks.facts import Facts, day, moment, whole

Answer = dict[str, Any]


def investor_limit(facts: Facts) -> Answer:
    """227.100(a)(2): by the day, the income and the net worth."""
    figures = {name: facts.money(name) for name in ("annual_income", "net_worth")}
    standings = frozenset({"accredited"} if facts.get("accredited", default=False) else ())

    def limit(text: str) -> Any:
        found = limit_of(facts.rule(Cap, "us.regcf.investor_limit", day(text)), figures, standings)
        return None if found.amount is None else whole(found.amount)

    amount = facts.over(facts.first("date", "dates"), limit)
    answer = {"limit": amount, "limits": amount}
    if facts.has("date"):
        found = limit_of(facts.rule(Cap, "us.regcf.investor_limit", day(facts.get("date"))), figures, standings)
        if found.literal is not None and found.amount is not None:
            answer |= {"literal_text": whole(found.literal), "portal_guidance": whole(found.amount)}
            answer["decision"] = "use the lower and record the reading"
    return answer


def issuer_cap(facts: Facts) -> Answer:
    """227.100(a)(1): what was sold in twelve months, with what is asked for."""
    if facts.has("history"):
        return {"alert": _alert(facts.get("history"))}
    cap = facts.rule(Cap, "us.regcf.issuer_cap", day(facts.get("date")))
    new = facts.money("request")
    found = hold(cap, facts.money("sold_prior_12m"), new)
    room = found.remaining or 0
    refused = found.outcome == "breach"
    return {
        "decision": "reject" if refused else "accept",
        "max_acceptable": whole(room),
        "overage": whole(max(new - room, 0)),
    }


def _alert(history: str) -> str | None:
    """A case told in words: what its words point at."""
    told = history.lower()
    signs = [
        ("cap breach", ("oversold", "more than permitted", "over the cap")),
        ("diversion to parallel offering", ("sibling", "parallel", "another exemption")),
    ]
    found = [sign for sign, words in signs if any(word in told for word in words)]
    return " + ".join(found) or None


def min_open(facts: Facts) -> Answer:
    """227.303(a): twenty-one days."""
    clock = facts.rule(Clock, "us.regcf.min_open")
    launched = day(facts.get("launched"))
    decision = facts.over(
        "close_requested", lambda text: "accept" if keeps_day(clock, launched, day(text)) else "reject"
    )
    return {"decision": decision, "decisions": decision, "earliest_close": last_day(clock, launched).isoformat()}


def cancel(facts: Facts) -> Answer:
    """227.304(a): until 48 hours before the deadline."""
    clock = facts.rule(Clock, "us.regcf.cancel")
    deadline = moment(facts.get("deadline"))
    decision = facts.over(
        "cancel_at", lambda text: "cancelled" if keeps_time(clock, deadline, moment(text)) else "refused"
    )
    return {"decision": decision, "decisions": decision}


def early_close(facts: Facts) -> Answer:
    """227.304(b): target reached, 21 days open, five business days' notice."""
    notice, minimum = facts.rule(Clock, "us.regcf.early_close"), facts.rule(Clock, "us.regcf.min_open")

    def decision(text: str) -> str:
        if not facts.get("target_reached"):
            return "reject: target not reached"
        if facts.get("open_days", minimum.length) < minimum.length:
            return f"reject: under {minimum.length} days"
        given = keeps_day(notice, day(facts.get("notice")), day(text))
        return "allow" if given else f"reject: under {notice.length} business days"

    found = facts.over("new_deadline", decision)
    return {"decision": found, "decisions": found}


def material_change(facts: Facts) -> Answer:
    """227.304(c): five business days to reconfirm."""
    clock = facts.rule(Clock, "us.regcf.material_change")
    notice = day(facts.get("notice"))
    confirmed = facts.inputs.get("reconfirmed_by")
    if confirmed is not None and keeps_day(clock, notice, day(confirmed)):
        return {"decision": "commitment stands"}
    if keeps_day(clock, notice, day(facts.get("now"))):
        return {"decision": "waiting for reconfirmation"}
    return {"decision": "commitment cancelled and refund due"}


def annual_report(facts: Facts) -> Answer:
    """227.202(a): 120 days after the fiscal year."""
    due = last_day(facts.rule(Clock, "us.regcf.annual_report"), day(facts.get("fiscal_year_end")))
    return {"due": due.isoformat(), "decision": _late(due, day(facts.get("filed")), count=True)}


def progress_update(facts: Facts) -> Answer:
    """227.203(a)(3): five business days after the target was reached."""
    due = last_day(facts.rule(Clock, "us.regcf.progress_update"), day(facts.get("target_reached")))
    return {"due": due.isoformat(), "decision": _late(due, day(facts.get("form_c_u_filed")), count=False)}


def _late(due: date, filed: date, *, count: bool) -> str:
    days = max(filed - due, timedelta()).days
    if not days:
        return "in time"
    return f"late by {days} day{'s' if days > 1 else ''}" if count else "late"


def covid_relief(facts: Facts) -> Answer:
    """The temporary rules, for offerings that began within their dates."""

    def available(text: str) -> bool:
        return facts.law(Relief, "us.regcf.covid_relief", day(text)) is not None

    return {"temporary_rules_available": facts.over("offering_initiated", available)}


EXAMPLES = {
    "us.regcf.investor_limit": investor_limit,
    "us.regcf.issuer_cap": issuer_cap,
    "us.regcf.min_open_21d": min_open,
    "us.regcf.cancel_48h": cancel,
    "us.regcf.early_close": early_close,
    "us.regcf.material_change": material_change,
    "us.regcf.annual_report": annual_report,
    "us.regcf.progress_update": progress_update,
    "us.regcf.covid_relief": covid_relief,
}
