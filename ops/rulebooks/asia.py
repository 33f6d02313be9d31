"""Worked examples of China, India, Malaysia and Indonesia."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any, Final

from ledger.rulebook.checks import hold, qualifies
from ledger.rulebook.clocks import keeps_day, last_day
from ledger.rulebook.model import Cap, Clock, Qualification, Rate
from ledger.rulebook.rates import ceiling, concerns, standing
from ops.rulebooks.facts import Facts, Incomplete, day, minor, percent, ratio, whole

Answer = dict[str, Any]
LPR: Final = "cn.lpr_1y"
_STANDINGS: Final = {
    "protected": "protected", "natural_obligation": "natural obligation", "void": "excess over {highest} void",
}  # fmt: skip
_STEP: Final = re.compile(r"(borrow|repay)\s+([\d,]+)", re.IGNORECASE)


def borrow_cap(facts: Facts) -> Answer:
    """Art. 17: what is outstanding, on one platform and on all."""
    if facts.has("note"):
        return _story(facts)
    party = "natural" if facts.get("borrower", "natural") == "natural" else "legal"
    new = facts.money("new_loan")
    scopes = (("platform", "single platform", "platform_balance"), ("all", "all platforms", "all_platform_balance"))
    for scope, words, balance in scopes:
        cap = facts.rule(Cap, f"cn.p2p.cap.{party}.{scope}")
        owed = facts.money(balance, 0)
        found = hold(cap, owed, new)
        if found.outcome == "breach":
            assert found.limit.amount is not None
            return {"decision": "reject", "breach": f"{words} {whole(owed + new):,} > {whole(found.limit.amount):,}"}
    return {"decision": "accept", "breach": None}


def _story(facts: Facts) -> Answer:
    """An example told as steps: `borrow 200,000, repay 50,000 principal, borrow 50,000`."""
    steps = _STEP.findall(facts.get("note"))
    if not steps:
        raise Incomplete("the example tells no steps such as `borrow 200,000`")
    cap = facts.rule(Cap, "cn.p2p.cap.natural.platform")
    owed = 0
    for step, text in steps:
        amount = minor(text.replace(",", ""))
        if step.lower() == "repay":
            owed -= amount
        elif hold(cap, owed, amount).outcome == "breach":
            return {"decision": "reject"}
        else:
            owed += amount
    return {"decision": "accept"}


def draft_investor(facts: Facts) -> Answer:
    """The two drafts; what they say is answered though they never became law."""
    figures = {
        "ticket": facts.money(facts.first("min_ticket", "ticket"), 0) if _asked(facts) else 0,
        "financial_assets": facts.money("financial_assets", 0),
        "average_income": facts.money("avg_income_3y", 0),
        "net_assets": facts.money("net_assets", 0),
    }
    party = "person" if facts.get("person", "natural") == "natural" else "organisation"
    qualified = facts.over(
        facts.first("draft", "drafts"),
        lambda text: qualifies(facts.rule(Qualification, "cn.eq.draft.investor", _draft_day(text)), figures, party),
    )
    return {"qualified": qualified}


def _asked(facts: Facts) -> bool:
    return facts.has("min_ticket") or facts.has("ticket")


def _draft_day(text: str) -> date:
    # `2015-01 revised` names a month: the draft that was out by its end.
    return date.fromisoformat(text) if len(text) == len("2014-12-18") else date.fromisoformat(f"{text[:7]}-28")


def holders(facts: Facts) -> Answer:
    """Not more than 200."""
    cap = facts.rule(Cap, "cn.eq.holders")
    return {"alert": facts.over("holders", lambda count: hold(cap, count, 0).outcome == "breach")}


def raise_window(facts: Facts) -> Answer:
    """Twenty working days, the opening day not counted."""
    clock = facts.rule(Clock, "cn.p2p.raise_window")
    opened = day(facts.get("opened"))
    last = last_day(clock, opened)

    def decision(text: str) -> str:
        if not keeps_day(clock, opened, day(text)):
            return "breach"
        return "allowed" if day(text) < last else f"allowed ({clock.length}th working day, opening day not counted)"

    found = facts.over(facts.first("closes", "close"), decision)
    return {"decision": found, "decisions": found}


def rate_cap(facts: Facts) -> Answer:
    """24 and 36 per cent until 2020, four times the LPR since."""
    rule = facts.rule(Rate, "cn.rate.cap", day(facts.get("contract")))
    references = {LPR: ratio(facts.get("lpr_1y"))} if facts.has("lpr_1y") else {}
    highest = next((band.up_to for band in reversed(rule.bands) if band.up_to), None)

    def words(text: str) -> str:
        found = standing(rule, ratio(text), references)
        over = percent(Decimal(highest)) if highest else "the cap"
        return _STANDINGS.get(found, found).format(highest=over)

    return {
        "protected": facts.over("rate", lambda text: standing(rule, ratio(text), references) == "protected"),
        "result": facts.over("rate", words),
    }


def repeat_financing(facts: Facts) -> Answer:
    """Art. 13(2): one fingerprint on several platforms."""
    repeated = facts.get("project_fingerprint") == "same" and len(set(facts.get("platforms"))) > 1
    return {"alert": "art 13(2) repeat financing of one project" if repeated else None}


def term_split(facts: Facts) -> Answer:
    """Art. 10(6): sold for shorter terms than the project's own."""
    split = any(months < facts.get("project_term_months") for months in facts.get("sold_as"))
    return {"alert": "art 10(6) term splitting" if split else None}


def lender_cap(facts: Facts) -> Answer:
    """What a lender has out on all platforms; by the day."""
    exposure = facts.money("exposure_all_platforms")

    def breach(text: str) -> bool:
        return hold(facts.rule(Cap, "in.p2p.lender_cap", day(text)), exposure, 0).outcome == "breach"

    return {"breach": facts.over(facts.first("dates", "date"), breach)}


def certificate(facts: Facts) -> Answer:
    """Above ten lakh a certificate of net worth."""
    rule = facts.rule(Cap, "in.p2p.certificate", day(facts.get("date")))
    standings = frozenset({"certified"} if facts.get("certificate", default=False) else ())
    breach = facts.over("exposure", lambda each: hold(rule, minor(each), 0, {}, standings).outcome == "breach")
    return {"breach": breach}


def pair_cap(facts: Facts) -> Answer:
    """One lender to one borrower, all platforms together."""
    total = sum(minor(each) for each in facts.get("platforms").values())
    breach = hold(facts.rule(Cap, "in.p2p.pair_cap"), total, 0).outcome == "breach"
    return {"total": whole(total), "breach": breach}


def tenor(facts: Facts) -> Answer:
    """Thirty-six months."""
    rule = facts.rule(Cap, "in.p2p.tenor")
    return {"breach": facts.over("months", lambda months: hold(rule, months, 0).outcome == "breach")}


def t_plus_1(facts: Facts) -> Answer:
    """Money leaves escrow by the next working day."""
    received = day(facts.get("received"))
    clock = facts.rule(Clock, "in.p2p.t1", received)
    return {"breach": facts.over("left_escrow", lambda text: not keeps_day(clock, received, day(text)))}


def retail(facts: Facts) -> Answer:
    """Malaysia: by issuer and by year."""
    new = facts.money("new")
    asked = (("my.ecf.retail.issuer", "issuer_total"), ("my.ecf.retail.year", "rolling_12m"))
    kept = [
        hold(facts.rule(Cap, rule), facts.money(figure), new).outcome == "pass"
        for rule, figure in asked
        if facts.has(figure)
    ]
    return {"ok": all(kept)}


def daily_rate(facts: Facts) -> Answer:
    """Indonesia: by class, term and day."""
    when, days = day(facts.get("date")), int(facts.get("tenor_days"))
    loans = {"consumptive": "consumer", "consumer": "consumer"}.get(facts.get("loan"), facts.get("loan"))
    for name in (name for name in facts.books["id-p2p"].rules if name.startswith("id.p2p.rate.")):
        rule = facts.law(Rate, name, when)
        if rule is not None and rule.status == "in_force" and concerns(rule, loans, days):
            return _daily(facts, rule, days)
    raise Incomplete(f"no daily rate is stated for {loans} loans on {when}")


def _daily(facts: Facts, rule: Rate, days: int) -> Answer:
    highest = ceiling(rule.bands[0], {})
    assert highest is not None
    answer: Answer = {"ok": ratio(facts.get("daily_rate")) <= highest, "cap": percent(highest)}
    if facts.has("amount"):
        answer["max_charge"] = whole(int(facts.money("amount") * highest * days))
    return answer


def total_cap(facts: Facts) -> Answer:
    """All charges together at most the principal."""
    figures = {"principal": facts.money("principal")}
    rule = facts.rule(Cap, "id.p2p.total")
    return {"ok": facts.over("total_charges", lambda each: hold(rule, minor(each), 0, figures).outcome == "pass")}


def lender_share(facts: Facts) -> Answer:
    """A lender's part of what is outstanding on the platform."""
    own = "" if facts.get("lender", "ordinary") == "ordinary" else ".institution"
    rule = facts.rule(Cap, f"id.p2p.lender_share{own}")
    return {"breach": facts.over("share", lambda text: hold(rule, int(ratio(text) * 10_000), 0).outcome == "breach")}


EXAMPLES = {
    "cn.p2p.borrow_cap": borrow_cap,
    "cn.equity.draft_investor": draft_investor,
    "cn.equity.holders_200": holders,
    "cn.p2p.raise_window": raise_window,
    "cn.rate.cap": rate_cap,
    "cn.p2p.repeat_financing": repeat_financing,
    "cn.p2p.term_split": term_split,
    "in.p2p.lender_cap": lender_cap,
    "in.p2p.certificate": certificate,
    "in.p2p.pair_cap": pair_cap,
    "in.p2p.tenor": tenor,
    "in.p2p.t_plus_1": t_plus_1,
    "my.ecf.retail": retail,
    "id.p2p.rate_cap": daily_rate,
    "id.p2p.total_cap": total_cap,
    "id.p2p.lender_share": lender_share,
}
