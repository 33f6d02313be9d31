"""Campaigns: the list over all platforms, and one campaign with its money drawn as a flow, as of two times."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from api import facts
from api.console.flow import Flow, flow_of
from api.console.frame import frame
from api.console.office import entity
from api.console.office.entity import Asked
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import CAMPAIGN_STATUSES, N_
from api.listed import Lot, Place
from api.money_flow import FlowNode, MoneyFlow
from api.problems import Problem
from ledger.states.campaigns import Campaign
from projections.flows import Edge

CAMPAIGNS: Final = "/console/campaigns"


def routes(shell: Shell) -> list[Route]:
    """/console/campaigns, and /console/campaigns/{scope}/{name}."""
    pages = {CAMPAIGNS: _list, f"{CAMPAIGNS}/{{scope}}/{{name:path}}": _show}
    return entity.gets(shell, pages)


def _list(shell: Shell, visit: Visit) -> Response:
    given = entity.parameters(visit, "platform", "status", "cursor")
    platforms = entity.names(shell)
    platform, status = given.get("platform"), given.get("status")
    if platform and platform not in platforms:
        raise Problem("invalid_parameter", f"there is no platform {platform!r}.")
    if status and status not in CAMPAIGN_STATUSES:
        raise Problem("invalid_parameter", f"status is one of {', '.join(CAMPAIGN_STATUSES)}.")
    read = partial(shell.services.look.campaigns, Lot(platform, status))
    rows = entity.listed(given, "cursor", (platform, status), read, lambda row: Place(0, row.position))
    return shell.render(
        visit, "office/campaigns.html", **frame(shell.services), page=rows, given=given, platforms=platforms
    )


def _show(shell: Shell, visit: Visit) -> Response:
    reads, look = shell.services.reads, shell.services.look
    of = entity.asked(shell, visit, "campaign", "pledges", "order")
    then = reads.campaign(of.key, of.times)
    missing = entity.there(then.value, of, shell, visit)
    state = then.value.state
    if missing is not None or not isinstance(state, Campaign):
        return missing or entity.wrong_kind(of)
    largest = of.given.get("order") == "largest"
    platforms = entity.names(shell)
    disclosures, complaints = look.filed(of.key).value
    return shell.render(
        visit,
        "office/campaign.html",
        **frame(shell.services),
        asked=of,
        campaign=state,
        line=look.campaign_line(of.key).value,
        money=_money(of, state, platforms, visit.speech),
        around=entity.flow_around(shell, visit, of, [of.key], platforms).value,
        pledges=entity.listed(
            of.given,
            "pledges",
            (of.key, largest),
            partial(look.pledges, Lot(about=of.key, largest=largest)),
            lambda row: Place(row.amount if largest else 0, row.position),
        ),
        largest=largest,
        events=entity.events_about(shell, visit, of, platforms),
        alerts_address=entity.alerts_address(of.key),
        alerts=entity.alerts_about(shell, visit, [of.key], platforms),
        disclosures=disclosures,
        complaints=complaints,
        platform=platforms.get(of.scope, of.scope),
        moment=facts.moment,
        as_of=then.as_of,
    )


def _money(of: Asked, state: Campaign, platforms: Mapping[str, str], say: Speech) -> Flow:
    """From the investors through escrow to the issuer and back; figures of the campaign itself."""
    investors, fees = f"investors:{of.scope}/{of.name}", f"fees:{of.scope}"
    moved = [
        (investors, of.key, "collected", state.collected),
        (of.key, investors, "refunded", state.refunded),
        (of.key, state.issuer, "released", state.released + state.returned),
        (state.issuer, of.key, "returned", state.returned),
        (of.key, fees, "fee", state.fees),
    ]
    edges = [Edge(*each[:3], state.currency, each[3], 0, 0, 0, []) for each in moved if each[3]]
    nodes = [
        FlowNode(of.key, 0, None, say.text(N_("Escrow")), None),
        FlowNode(investors, 1, None, say.text(N_("Investors")), None),
        FlowNode(state.issuer, 1, None, None, None),
        *([FlowNode(fees, 1, None, None, None)] if state.fees else []),
    ]
    columns = {investors: -1, of.key: 0, state.issuer: 1, fees: 1}
    found = MoneyFlow(nodes, edges, [], [])
    return flow_of(found, say.text(N_("Money of the campaign")), platforms, say, columns)
