"""How the log itself does: what is sealed and witnessed, how far the views are, what waits and what was refused."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api import cursors
from api.console.frame import frame
from api.console.shell import Page, Shell
from api.console.visits import Visit
from api.console.words import CODES, EVENTS, VIEW_STATES, known
from api.problems import Problem
from ledger.store.reading import ParkedEvent, Refusal

LOG: Final = "/console/log"
PAGE: Final = 50


class Held(NamedTuple):
    """A list of what was sent in and did not reach the log (yet): how it is asked for, and how it is shown."""

    name: str
    template: str
    read: Any  # (source, after, limit) -> Read[list]


def routes(shell: Shell) -> list[Route]:
    """/console/log, /console/log/parked and /console/log/refused."""
    reads = shell.services.reads
    parked = Held("parked", "office/log_parked.html", reads.parked)
    refused = Held("refused", "office/log_refused.html", reads.refusals)
    return [
        Route(LOG, shell.page(_health(shell)), methods=["GET"], include_in_schema=False),
        *(
            Route(f"{LOG}/{held.name}", shell.page(_list(shell, held)), methods=["GET"], include_in_schema=False)
            for held in (parked, refused)
        ),
    ]


def _health(shell: Shell) -> Page:
    reads = shell.services.reads

    def page(visit: Visit) -> Response:
        if visit.request.query_params:
            raise Problem("invalid_parameter", "this address takes no parameters.")
        ready = shell.services.readiness()
        return shell.render(
            visit,
            "office/log.html",
            **frame(shell.services),
            head=ready.position,
            views=sorted(ready.views, key=lambda view: (view.state == "live", view.name)),
            sealing=ready.sealing,
            note=reads.checkpoint().value,
            keys=reads.log_keys().value,
            view_state=lambda state: visit.speech.text(known(VIEW_STATES, state)),
        )

    return page


def _list(shell: Shell, held: Held) -> Page:
    def page(visit: Visit) -> Response:
        source, cursor = _asked(visit.request)
        question = ("console", held.name, source)
        after = cursors.decode(question, cursor or None, int, 0)
        found: list[ParkedEvent] | list[Refusal] = held.read(source or None, after, PAGE + 1).value
        shown = found[:PAGE]
        return shell.render(
            visit,
            held.template,
            **frame(shell.services),
            rows=shown,
            source=source,
            cursor=cursor,
            following=cursors.encode(question, shown[-1].number) if len(found) > PAGE else None,
            event=lambda kind: visit.speech.text(known(EVENTS, kind)),
            code=lambda name: visit.speech.text(known(CODES, name)),
        )

    return page


def _asked(request: Request) -> tuple[str, str]:
    """(source, cursor) of an address. Raises Problem for what is not known."""
    pairs = request.query_params.multi_items()
    given = dict(pairs)
    if len(given) != len(pairs) or given.keys() - {"source", "cursor"}:
        raise Problem("invalid_parameter", "known, and once each: source, cursor.")
    if any(len(value) > 300 or "\0" in value or "\ufffd" in value for value in given.values()):
        raise Problem("invalid_parameter", "a parameter is too long, or no text.")
    return given.get("source", "").strip(), given.get("cursor", "")
