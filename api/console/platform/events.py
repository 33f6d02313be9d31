"""A platform's own log: what it reported, newest first; one event with its receipt; a form that takes it back."""

from __future__ import annotations

import asyncio
import json
from typing import Final, NamedTuple

import msgspec
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import cursors
from api.console.frame import frame
from api.console.platform import own
from api.console.platform.body import parsed, written
from api.console.platform.held import OWN_TYPES
from api.console.platform.sending import items_of, sent, tried
from api.console.shell import Page, Shell
from api.console.visits import Visit
from api.console.ways import PLATFORM
from api.console.words import CODES, EVENTS, known
from api.problems import Problem
from ledger.candidate import Answer
from ledger.kernel import clock

PAGE: Final = 50
POSTINGS_SHOWN: Final = 50
FILTERS: Final = ("type", "id", "cursor")
UNCORRECTABLE: Final = frozenset({"event.corrected", "correction.approved", "correction.rejected"})


class Tried(NamedTuple):
    """What the form of a correction was told."""

    action: str
    answer: Answer
    reason: str
    replacement: str


def routes(shell: Shell) -> list[Route]:
    """/platform/events, an event, its correction, its receipt."""

    def show(visit: Visit) -> Response:
        own.asked(visit.request)
        return _page(shell, visit, None)

    async def act(visit: Visit, form: dict[str, str]) -> Response:
        return await asyncio.to_thread(_act, shell, visit, form)

    one = f"{own.EVENTS}/{{name:path}}"
    return [
        Route(own.EVENTS, shell.page(_list(shell), PLATFORM), methods=["GET"], include_in_schema=False),
        Route(one, shell.page(show, PLATFORM), methods=["GET"], include_in_schema=False),
        Route(one, shell.action(act, PLATFORM), methods=["POST"], include_in_schema=False),
        Route(f"{own.RECEIPTS}/{{name:path}}", shell.page(_receipt(shell), PLATFORM), include_in_schema=False),
    ]


def _list(shell: Shell) -> Page:
    def page(visit: Visit) -> Response:
        given = own.asked(visit.request, *FILTERS)
        kind, source = given.get("type"), own.source_of(visit)
        if kind is not None and kind not in OWN_TYPES:
            raise Problem("invalid_parameter", "type is an event type that a platform may send.")
        if "id" in given:
            return RedirectResponse(own.event_address(given["id"]), 303)
        question = ("platform events", source, kind)
        before = cursors.decode(question, given.get("cursor"), int | None, None)
        found = shell.services.own.sent(source, (kind,) if kind else (), before, PAGE + 1).value
        rows = found[:PAGE]
        return shell.render(
            visit,
            "platform/events.html",
            **frame(shell.services),
            rows=rows,
            given=given,
            following=cursors.encode(question, rows[-1].position) if len(found) > PAGE else None,
            event_address=own.event_address,
            receipt_address=own.receipt_address,
            types=[(name, visit.speech.text(known(EVENTS, name))) for name in OWN_TYPES],
            event=lambda name: visit.speech.text(known(EVENTS, name)),
        )

    return page


def _page(shell: Shell, visit: Visit, told: Tried | None, status: int = 200) -> Response:
    name, source, reads = visit.request.path_params["name"], own.source_of(visit), shell.services.reads
    stored = reads.event(source, name).value
    if stored is None:
        parked = reads.parked_one(source, name).value
        if parked is not None:
            return RedirectResponse(f"{own.HELD}/parked/{parked.number}", 303)
        raise Problem("not_found", f"you have no event {name[:200]!r}.")
    postings = json.loads(stored.postings) if stored.postings else []
    return shell.render(
        visit,
        "platform/event.html",
        status,
        **frame(shell.services),
        stored=stored,
        body=written(parsed(stored.body.decode()) or {}),
        postings=postings[:POSTINGS_SHOWN],
        untold=max(0, len(postings) - POSTINGS_SHOWN),
        chain=reads.chain(source, name).value,
        correctable=stored.type not in UNCORRECTABLE,
        told=told,
        address=own.event_address(name),
        event_address=own.event_address,
        receipt_address=own.receipt_address,
        code=lambda code: visit.speech.text(known(CODES, code)),
        event=lambda kind: visit.speech.text(known(EVENTS, kind)),
    )


def _act(shell: Shell, visit: Visit, form: dict[str, str]) -> Response:
    """Take the event back: tried first, as a correction of its own; sent where a trial says that it can be."""
    name, source, principal = visit.request.path_params["name"], own.source_of(visit), visit.principal
    assert principal is not None, "an action is for people who have signed in"
    if shell.services.reads.event(source, name).value is None:
        raise Problem("not_found", f"you have no event {name[:200]!r}.")
    action, reason, replacement = form.get("do", ""), form.get("reason", ""), form.get("replacement", "")
    if action not in {"try", "send"}:
        raise Problem("invalid_parameter", "do is try or send.")
    data = {"corrects": name, "reason": reason} | ({"replacement": replacement} if replacement else {})
    correction = {
        "specversion": "1.0",
        "id": clock.new_id(),
        "source": source,
        "type": "event.corrected",
        "time": shell.services.now().isoformat(),
        "data": data,
    }
    item = items_of(shell.services, principal, [json.dumps(correction).encode()])[0]
    answer = sent(shell.services, item) if action == "send" else tried(shell.services, [item])[0]
    if action == "send" and answer.status == "parked":
        parked = shell.services.reads.parked_one(source, answer.id or "").value
        if parked is not None:
            return RedirectResponse(f"{own.HELD}/parked/{parked.number}", 303)
    if action == "send" and answer.status == "accepted":
        return RedirectResponse(own.event_address(name), 303)
    told = Tried(action, answer, reason, replacement)
    return _page(shell, visit, told, 409 if answer.status == "refused" else 200)


def _receipt(shell: Shell) -> Page:
    def page(visit: Visit) -> Response:
        own.asked(visit.request)
        name = visit.request.path_params["name"]
        found = shell.services.reads.receipt(own.source_of(visit), name).value
        if found is None:
            raise Problem("not_found", f"you have no recorded event {name[:200]!r}; a parked one has no receipt yet.")
        headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="receipt.json"'}
        return Response(msgspec.json.encode(found), headers=headers, media_type="application/json")

    return page
