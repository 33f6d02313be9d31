"""Loans: the list over all platforms, and one loan by the calendar with its money drawn as a flow, as of two times."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from starlette.responses import Response
from starlette.routing import Route

from api import facts
from api.console import figure_words
from api.console.flow import Flow, flow_of
from api.console.frame import frame
from api.console.office import entity
from api.console.office.entity import Asked
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import LOAN_STATUSES, N_
from api.listed import LoanLine, Lot, Place
from api.money_flow import FlowNode, MoneyFlow
from api.problems import Problem
from ledger.lending.figures import Figures, borrower_rate, figures, lender_rate
from ledger.lending.terms import History
from ledger.rulebook.defaults import past_default
from ledger.states.loans import Loan
from projections.flows import Edge

LOANS: Final = "/console/loans"
LATE: Final = (1, 31, 61, 91)  # days past due from which the list can begin


def routes(shell: Shell) -> list[Route]:
    """/console/loans, and /console/loans/{scope}/{name}."""
    return entity.gets(shell, {LOANS: _list, f"{LOANS}/{{scope}}/{{name:path}}": _show})


def _list(shell: Shell, visit: Visit) -> Response:
    given = entity.parameters(visit, "platform", "status", "late", "cursor")
    platforms = entity.names(shell)
    platform, status, late = given.get("platform"), given.get("status"), given.get("late", "0")
    if platform and platform not in platforms:
        raise Problem("invalid_parameter", f"there is no platform {platform!r}.")
    if status and status not in LOAN_STATUSES:
        raise Problem("invalid_parameter", f"status is one of {', '.join(LOAN_STATUSES)}.")
    if late not in {"0", *map(str, LATE)}:
        raise Problem("invalid_parameter", f"late is one of {', '.join(map(str, LATE))}.")
    days = int(late)

    def read(before: Place | None, limit: int) -> facts.Read[list[LoanLine]]:
        return shell.services.look.loans(Lot(platform, status), before, limit, days)

    page = entity.listed(given, "cursor", (platform, status, late), read, lambda row: Place(0, row.position))
    shown = [row for row in page.rows if (row.days_past_due or 0) >= days]
    return shell.render(
        visit,
        "office/loans.html",
        **frame(shell.services),
        page=page._replace(rows=shown),
        looked_at=len(page.rows),
        given=given,
        days=days,
        choices=LATE,
        platforms=platforms,
    )


def _show(shell: Shell, visit: Visit) -> Response:
    reads, look = shell.services.reads, shell.services.look
    of = entity.asked(shell, visit, "loan", "bids")
    read = reads.loan(of.key, of.times)
    missing = entity.there(read.value.then, of, shell, visit)
    state = read.value.then.state
    if missing is not None or not isinstance(state, Loan) or read.value.lent is None:
        return missing or entity.wrong_kind(of)
    terms, history = read.value.lent
    day = (of.times.at or shell.services.now()).astimezone(ZoneInfo(shell.services.time_zone)).date()
    history = history.by(day)
    now = figures(terms, history, day)
    platforms = entity.names(shell)
    disclosures, complaints = look.filed(of.key).value
    return shell.render(
        visit,
        "office/loan.html",
        **frame(shell.services),
        asked=of,
        loan=state,
        now_=now,
        figure_words=figure_words,
        default=past_default(state.jurisdiction, day, now.days_past_due),
        rates=(borrower_rate(terms, history, day), lender_rate(terms, history, day)),
        money=_money(of, state, now, history, platforms, visit.speech),
        around=entity.flow_around(shell, visit, of, [of.key], platforms).value,
        bids=entity.listed(
            of.given, "bids", (of.key,), partial(look.bids, Lot(about=of.key)), lambda row: Place(0, row.position)
        ),
        events=entity.events_about(shell, visit, of, platforms),
        alerts_address=entity.alerts_address(of.key),
        alerts=entity.alerts_about(shell, visit, [of.key], platforms),
        disclosures=disclosures,
        complaints=complaints,
        platform=platforms.get(of.scope, of.scope),
        moment=facts.moment,
        as_of=read.as_of,
    )


def _money(of: Asked, state: Loan, now: Figures, history: History, platforms: Mapping[str, str], say: Speech) -> Flow:
    """From the lenders through the loan to the borrower and back."""
    lenders, fees = f"investors:{of.scope}/{of.name}", f"fees:{of.scope}"
    paid_out = state.amount if history.disbursed else 0
    got = now.received
    for_lenders = got.principal + got.recovered + got.interest + got.penalty
    charged = sum(each.amount for each in history.charges if each.payer == "borrower")
    moved = [
        (lenders, of.key, "lent", paid_out),
        (of.key, state.borrower, "disbursed", paid_out),
        (state.borrower, of.key, "repaid", for_lenders + got.fees),
        (of.key, lenders, "paid_out", for_lenders),
        (of.key, fees, "fee", got.fees),
        (state.borrower, fees, "fee", charged),
    ]
    edges = [Edge(*each[:3], state.currency, each[3], 0, 0, 0, []) for each in moved if each[3]]
    nodes = [
        FlowNode(of.key, 0, None, None, None),
        FlowNode(lenders, 1, None, say.text(N_("Lenders")), None),
        FlowNode(state.borrower, 1, None, None, None),
        *([FlowNode(fees, 1, None, None, None)] if got.fees or charged else []),
    ]
    columns = {lenders: -1, of.key: 0, state.borrower: 1, fees: 1}
    return flow_of(MoneyFlow(nodes, edges, [], []), say.text(N_("Money of the loan")), platforms, say, columns)
