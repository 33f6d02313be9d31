"""One parked event: what it waits for, whether that was ever refused, and what to send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from api.console.frame import frame
from api.console.platform import own
from api.console.platform.body import parsed, written
from api.console.platform.compare import waits_for
from api.console.platform.held import PARKED
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.ways import PLATFORM
from api.console.words import CODES, ENTITIES, EVENTS, known
from api.own import Wanted
from api.problems import Problem
from ledger.store.reading import Refusal

# Which event makes a thing of this kind.
MAKERS: Final[Mapping[str, str]] = {
    "campaign": "campaign.opened",
    "pledge": "pledge.made",
    "loan": "loan.listed",
    "bid": "bid.placed",
    "party": "party.registered",
    "deposit": "deposit.received",
    "withdrawal": "withdrawal.requested",
    "disclosure": "disclosure.filed",
    "repayment": "repayment.received",
}


class Awaited(NamedTuple):
    """A thing that has not arrived. `maker` is the type of the event that would make it, empty where none does."""

    key: str
    kind: str
    name: str
    maker: str
    refused: Refusal | None  # the last time that it was sent, and refused


def routes(shell: Shell) -> list[Route]:
    """/platform/held/parked/{number}."""

    def show(visit: Visit) -> Response:
        own.asked(visit.request)
        number = own.number_of(visit)
        held = shell.services.own.held(own.source_of(visit), number).value
        if held is None:
            raise Problem("not_found", f"nothing of yours was parked under the number {number}.")
        say = visit.speech
        waiting = held.settled_at is None
        return shell.render(
            visit,
            "platform/parked.html",
            **frame(shell.services),
            held=held,
            parked=held.event,
            body=written(parsed(held.event.body.decode()) or {}),
            awaited=[_awaited(shell, visit, each) for each in held.event.missing] if waiting else [],
            event_address=own.event_address,
            code=lambda name: say.text(known(CODES, name)),
            entity=lambda kind: say.text(known(ENTITIES, kind)),
            event=lambda name: say.text(known(EVENTS, name)),
        )

    return [Route(f"{PARKED}/{{number}}", shell.page(show, PLATFORM), methods=["GET"], include_in_schema=False)]


def _awaited(shell: Shell, visit: Visit, missing: str) -> Awaited:
    kind, name = waits_for(missing)
    maker = MAKERS.get(kind, "")
    refused = None
    if maker:
        wanted = Wanted(type=maker, member=(kind, name))
        found = shell.services.own.refused(own.source_of(visit), wanted, 1).value.rows
        refused = found[0] if found else None
    return Awaited(missing, kind, name, maker, refused)
