"""One event of the log: as it was sent, its two times, what it moved, what corrects it, what it changed, its proof."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.console import evidence
from api.console.frame import frame
from api.console.links import event_page, page_of
from api.console.office import entity, event_impact
from api.console.parts import moved, parts
from api.console.posted import class_of
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.words import EVENTS, known
from api.problems import Problem
from ledger.accounts import Posting
from ledger.recorded import Recorded
from ledger.store.proofs import Inclusion
from ledger.store.tree import NotSealed

EVENT: Final = "/console/events"
POSTINGS_MAX: Final = 100
SHORT_BYTES: Final = 3_000  # a longer body is folded in
_POSITION_DIGITS: Final = 18
_postings = msgspec.json.Decoder(tuple[Posting, ...]).decode


def routes(shell: Shell) -> list[Route]:
    """/console/events/{position}, its receipt, and /console/events/{source}/{id}, which leads there."""
    pages = {
        f"{EVENT}/{{position}}": _show,
        f"{EVENT}/{{position}}/receipt": _receipt,
        f"{EVENT}/{{source}}/{{name:path}}": _named,
    }
    return entity.gets(shell, pages)


def _named(shell: Shell, visit: Visit) -> Response:
    entity.parameters(visit)
    named = visit.request.path_params
    stored = shell.services.reads.event(named["source"], named["name"]).value
    if stored is None:
        raise Problem("not_found", f"no event {named['name']!r} of {named['source']!r} is recorded.")
    return RedirectResponse(event_page(stored.position), 303)


def _event(shell: Shell, visit: Visit) -> Recorded:
    text = visit.request.path_params["position"]
    if not (text.isascii() and text.isdigit() and len(text) <= _POSITION_DIGITS):
        raise Problem("not_found", "a position is a whole number, from 1.")
    found = shell.services.reads.events_at([int(text)]).value
    if not found:
        raise Problem("not_found", f"the log has no entry {text}.")
    return found[0]


def _show(shell: Shell, visit: Visit) -> Response:
    given = entity.parameters(visit, "impact")
    reads, say = shell.services.reads, visit.speech
    event = _event(shell, visit)
    stored = reads.event(event.source, event.id).value
    if stored is None:
        raise Problem("not_found", "the log has no such entry.")
    postings = _postings(stored.postings) if stored.postings else ()
    platforms = entity.names(shell)
    facts_of = parts(event, say)
    impact = reads.impact(event.position, None).value if given.get("impact") else None
    return shell.render(
        visit,
        "office/event.html",
        **frame(shell.services),
        event=event,
        title=say.text(known(EVENTS, event.type)),
        amount=moved(event, say),
        facts=facts_of,
        platform=platforms.get(event.scope, event.scope),
        body=_indented(stored.body),
        folded=len(stored.body) > SHORT_BYTES,
        postings=postings[:POSTINGS_MAX],
        postings_count=len(postings),
        class_of=class_of,
        chain=reads.chain(event.source, event.id).value,
        corrected=evidence.mark_of(event) in reads.states([evidence.mark_of(event)]).value,
        impact=impact,
        changed=event_impact.lines(impact, say) if impact else [],
        changed_max=event_impact.LINES_MAX,
        proof=_proof(shell, event.position),
        page_of=page_of,
    )


def _indented(body: bytes) -> str:
    return msgspec.json.format(body, indent=2).decode()


def _proof(shell: Shell, position: int) -> Inclusion | None:
    """None while no signed head covers it."""
    try:
        return shell.services.reads.inclusion(position, None).value
    except NotSealed:
        return None


def _receipt(shell: Shell, visit: Visit) -> Response:
    """The file to keep, exactly as the API gives it."""
    entity.parameters(visit)
    event = _event(shell, visit)
    receipt: dict[str, Any] | None = shell.services.reads.receipt(event.source, event.id).value
    if receipt is None:
        raise Problem("not_found", "this entry has no receipt yet; it has one within a second of being sealed.")
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="receipt-{event.position}.json"',
    }
    return Response(msgspec.json.encode(receipt), headers=headers, media_type="application/json")
