"""A form that holds a supposed investment against the law of a day, and shows each check with its citation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from iso4217 import Currency
from starlette.responses import Response
from starlette.routing import Route

from api import what_if
from api.console.frame import frame
from api.console.laws import FIGURES, KINDS, OUTCOMES, ROOM, STANDINGS, address_of, amount_said, figure_said
from api.console.office.rulebooks import Law, law_said
from api.console.reasons import Sentence, told
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.problems import Problem
from api.what_if import Said, Supposed
from ledger.eligibility import Check
from ledger.kernel.money import is_currency

ADDRESS: Final = f"{ROOM}/what-if"
AMOUNT_MAX: Final = 2**53 - 1
MONEY: Final = ("amount", "used_other", "used_here", "used_elsewhere", "raised")
COUNTS: Final = ("holders", "term_months")
DECLARED: Final = ("annual_income", "net_worth", "financial_assets", "average_income", "net_assets", "experience_years")
FIELDS: Final = frozenset({
    "jurisdiction", "kind", "on", "currency", "party", "standing", "unidentified", *MONEY, *COUNTS, *DECLARED,
})  # fmt: skip
FIRST: Final = {"jurisdiction": "CN", "kind": "lending", "currency": "CNY", "party": "person"}


class Line(NamedTuple):
    """A check: what the rule says, how it comes out, the figures against each other."""

    law: Law
    outcome: str
    said: str
    used: str
    new: str
    limit: str
    remaining: str
    why: str
    address: str | None


class Meets(NamedTuple):
    """A rule on standings: True, False, or None where a figure is missing."""

    says: Sentence
    figure: str
    meets: bool | None
    citation: str
    address: str | None


def routes(shell: Shell) -> list[Route]:
    """/console/rulebooks/what-if."""

    def page(visit: Visit) -> Response:
        pairs = visit.request.query_params.multi_items()
        given = {name: value.strip() for name, value in pairs if value.strip()}
        if len({name for name, _ in pairs}) != len(pairs) or {name for name, _ in pairs} - FIELDS:
            raise Problem("invalid_parameter", f"known, and once each: {', '.join(sorted(FIELDS))}.")
        if any(len(value) > 40 for value in given.values()):
            raise Problem("invalid_parameter", "a parameter is too long.")
        if not given:
            return _page(shell, visit, FIRST)
        try:
            supposed = _supposed(shell, visit, given)
        except Problem as problem:
            return _page(shell, visit, given, problem=problem)
        return _page(shell, visit, given, said=what_if.said(supposed), supposed=supposed)

    return [Route(ADDRESS, shell.page(page), methods=["GET"], include_in_schema=False)]


def _supposed(shell: Shell, visit: Visit, given: Mapping[str, str]) -> Supposed:
    """The facts of a form. Raises Problem."""
    currency = given.get("currency", "").upper()
    if not is_currency(currency):
        raise Problem("invalid_parameter", "currency is a code of ISO 4217, such as CNY.")
    jurisdiction, kind = given.get("jurisdiction", ""), given.get("kind", "")
    if jurisdiction not in what_if.jurisdictions() or kind not in what_if.KINDS:
        raise Problem("invalid_parameter", "choose a jurisdiction that has a rulebook, and a kind of business.")
    party, standing = given.get("party", "person"), given.get("standing", "")
    if party not in {"person", "organisation"} or standing not in {"", *what_if.STANDINGS}:
        raise Problem("invalid_parameter", "the investor is a person or an organisation, of a known standing.")
    sums = {name: _minor(name, given[name], currency) for name in MONEY if name in given}
    if not sums.get("amount"):
        raise Problem("invalid_parameter", "say how much is to be invested.")
    figures = {
        name: _whole(name, given[name]) if name == "experience_years" else _minor(name, given[name], currency)
        for name in DECLARED
        if name in given
    }
    holders, term_months = (_whole(name, given[name]) if name in given else None for name in COUNTS)
    return Supposed(
        jurisdiction,
        kind,
        _day(shell, visit, given.get("on", "")),
        sums["amount"],
        currency,
        party,
        figures,
        [standing] if standing else [],
        sums.get("used_other", 0),
        sums.get("used_here", 0),
        sums.get("used_elsewhere", 0),
        holders,
        term_months,
        identified="unidentified" not in given,
        raised=sums.get("raised"),
    )


def _day(shell: Shell, visit: Visit, text: str) -> date:
    if not text:
        return shell.services.now().astimezone(visit.speech.zone).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Problem("invalid_parameter", "a day is written YYYY-MM-DD.") from None


def _minor(name: str, text: str, currency: str) -> int:
    """Minor units of an amount as people write it: 1,000.50. Raises Problem."""
    digits = Currency(currency).exponent or 0
    try:
        exact = Decimal(text.replace(",", "").replace(" ", "")).scaleb(digits)
    except ArithmeticError:  # no number, or one that no sum can be
        exact = Decimal(-1)
    if not exact.is_finite() or exact != exact.to_integral_value() or not 0 <= exact <= AMOUNT_MAX:
        raise Problem("invalid_parameter", f"{name} is an amount with at most {digits} decimals, not {text!r}.")
    return int(exact)


def _whole(name: str, text: str) -> int:
    plain = text.replace(",", "")
    if not plain.isascii() or not plain.isdigit() or len(plain) > 9:
        raise Problem("invalid_parameter", f"{name} is a whole number, not {text!r}.")
    return int(plain)


def _page(
    shell: Shell,
    visit: Visit,
    given: Mapping[str, str],
    *,
    said: Said | None = None,
    supposed: Supposed | None = None,
    problem: Problem | None = None,
) -> Response:
    say = visit.speech
    values: dict[str, Any] = {"given": {**dict.fromkeys(FIELDS, ""), **given}, "problem": problem}
    return shell.render(
        visit,
        "office/law_trial.html",
        problem.status if problem else 200,
        **frame(shell.services),
        **values,
        places=[(each, each) for each in what_if.jurisdictions()],
        kinds=[(code, say.text(name)) for code, name in KINDS.items()],
        standings=[(code, say.text(STANDINGS[code])) for code in what_if.STANDINGS],
        declared=[(name, say.text(FIGURES[name])) for name in DECLARED],
        said=said,
        supposed=supposed,
        lines=[_line(each, say) for each in said.checks] if said else [],
        meets=[_meets(each, say) for each in said.standings] if said else [],
    )


def _line(check: Check, say: Speech) -> Line:
    cap, answer = check.cap, check.answer
    limit = answer.limit.amount

    def told_amount(value: int | None) -> str:
        return "–" if value is None else amount_said(cap, value, say)

    return Line(
        law_said(check.stated, say),
        check.outcome,
        say.text(OUTCOMES[check.outcome]),
        told_amount(answer.used),
        told_amount(check.new),
        say.text("no limit") if limit is None and check.outcome == "pass" else told_amount(limit),
        told_amount(answer.remaining),
        check.why or answer.limit.reading or "",
        address_of(cap.id),
    )


def _meets(each: what_if.Standing, say: Speech) -> Meets:
    rule = each.rule
    says = told(rule.zh, rule.en, say.tag)
    return Meets(says, figure_said(rule, say), each.meets, each.citation, address_of(rule.id))
