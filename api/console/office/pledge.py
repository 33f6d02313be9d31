"""One pledge: where it stands, what became of its money, step by step, as of two times."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from api import facts
from api.console.frame import frame
from api.console.office import entity
from api.console.shell import Shell
from api.console.visits import Visit
from ledger.states.campaigns import Pledge
from ledger.states.promises import refund_due, status_of

PLEDGES: Final = "/console/pledges"


def routes(shell: Shell) -> list[Route]:
    """/console/pledges/{scope}/{name}."""
    return entity.gets(shell, {f"{PLEDGES}/{{scope}}/{{name:path}}": _show})


def _show(shell: Shell, visit: Visit) -> Response:
    reads, look = shell.services.reads, shell.services.look
    of = entity.asked(shell, visit, "pledge")
    read = reads.pledge(of.key, of.times)
    missing = entity.there(read.value.then, of, shell, visit)
    state = read.value.then.state
    if missing is not None or not isinstance(state, Pledge):
        return missing or entity.wrong_kind(of)
    campaign = read.value.campaign
    platforms = entity.names(shell)
    return shell.render(
        visit,
        "office/pledge.html",
        **frame(shell.services),
        asked=of,
        pledge=state,
        # Told before its campaign began: then nothing has ended it.
        standing=state.status if campaign is None else status_of(state, campaign),
        due=0 if campaign is None else refund_due(state, campaign),
        events=entity.events_about(shell, visit, of, platforms),
        alerts_address=entity.alerts_address(of.key),
        alerts=entity.alerts_about(shell, visit, [of.key, state.investor], platforms),
        platform=platforms.get(of.scope, of.scope),
        line=look.campaign_line(state.campaign).value,
        moment=facts.moment,
        as_of=read.as_of,
    )
