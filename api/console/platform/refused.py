"""One refused item: what was sent, why it was not taken, how to mend it, and a form that sends it again."""

from __future__ import annotations

import asyncio
from typing import Any, Final, NamedTuple

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import problems
from api.access import Principal
from api.console.frame import frame
from api.console.platform import own
from api.console.platform.advice import advice_of
from api.console.platform.body import Body, body_of, parsed, written
from api.console.platform.compare import Case, Compared, Differs, compared, differences, keys_of, related
from api.console.platform.held import REFUSED, fate_of, type_of
from api.console.platform.sending import items_of, sent, tried
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.ways import PLATFORM
from api.console.words import CODES, EVENTS, known
from api.own import Mend
from api.problems import Problem
from ledger.candidate import Answer
from ledger.recorded import BODY_BYTES_MAX
from ledger.store.reading import REFUSAL_BYTES_MAX, Refusal

TEXT_BYTES_MAX: Final = 1024 * 1024
FORM_BYTES_MAX: Final = 4 * TEXT_BYTES_MAX  # percent-encoded, most characters are three
ACTIONS: Final = ("try", "send")


class Tried(NamedTuple):
    """What the form was told. `too_large` where nobody looked at the text."""

    action: str
    text: str
    answer: Answer | None
    too_large: bool = False


def routes(shell: Shell) -> list[Route]:
    """/platform/held/refused/{number}: the page and its form."""

    def show(visit: Visit) -> Response:
        own.asked(visit.request)
        return _page(shell, visit, None)

    async def act(visit: Visit, form: dict[str, str]) -> Response:
        return await asyncio.to_thread(_act, shell, visit, form)

    path = f"{REFUSED}/{{number}}"
    return [
        Route(path, shell.page(show, PLATFORM), methods=["GET"], include_in_schema=False),
        Route(path, shell.action(act, PLATFORM, FORM_BYTES_MAX), methods=["POST"], include_in_schema=False),
    ]


def _act(shell: Shell, visit: Visit, form: dict[str, str]) -> Response:
    number, principal = own.number_of(visit), visit.principal
    assert principal is not None, "an action is for people who have signed in"
    refusal = _refusal(shell, visit, number)
    action, text = form.get("do", ""), form.get("event", "")
    if action not in ACTIONS:
        raise Problem("invalid_parameter", f"do is one of {', '.join(ACTIONS)}.")
    if len(text.encode()) > TEXT_BYTES_MAX:
        return _page(shell, visit, Tried(action, "", None, too_large=True), 413)
    answer = _answer(shell, principal, action, text)
    if action == "send" and answer.status != "refused" and answer.id is not None:
        if answer.id != refusal.id or refusal.code == "id_reused":
            shell.services.own.mend(Mend(number, refusal.source, answer.id, principal.name))
        return RedirectResponse(f"{REFUSED}/{number}", 303)
    return _page(shell, visit, Tried(action, text, answer), 409 if answer.status == "refused" else 200)


def _answer(shell: Shell, principal: Principal, action: str, text: str) -> Answer:
    item = items_of(shell.services, principal, [text.encode()])[0]
    return sent(shell.services, item) if action == "send" else tried(shell.services, [item])[0]


def _refusal(shell: Shell, visit: Visit, number: int) -> Refusal:
    found = shell.services.own.refusal(own.source_of(visit), number).value
    if found is None:
        raise Problem("not_found", f"nothing of yours was refused under the number {number}.")
    return found


def _page(shell: Shell, visit: Visit, told: Tried | None, status: int = 200) -> Response:
    number = own.number_of(visit)
    refusal = _refusal(shell, visit, number)
    body, say = body_of(refusal), visit.speech
    parts = shell.services.own
    fates = parts.fates(refusal.source, [refusal.id]).value if refusal.id else {}
    fate = fate_of(refusal, fates, parts.mends(refusal.source, [number]).value)
    return shell.render(
        visit,
        "platform/refused.html",
        status,
        **frame(shell.services),
        refusal=refusal,
        body=body,
        type=type_of(refusal),
        truncated=refusal.body_bytes > REFUSAL_BYTES_MAX,
        kept=REFUSAL_BYTES_MAX,
        limit=BODY_BYTES_MAX,
        mended=fate,
        event_address=own.event_address,
        receipt_address=own.receipt_address,
        docs=problems.address(refusal.code),
        advice=say.text(advice_of(refusal.code)),
        figures=_figures(shell, visit, refusal, body),
        recorded=_recorded(shell, refusal, body),
        text=told.text if told and told.text else _draft(refusal, body),
        told=told,
        code=lambda name: say.text(known(CODES, name)),
        event=lambda name: say.text(known(EVENTS, name)),
    )


def _figures(shell: Shell, visit: Visit, refusal: Refusal, body: Body) -> list[Compared]:
    if not body.event:
        return []
    scope, reads = own.name_of(visit), shell.services.reads
    states = reads.states(keys_of(scope, body.event)).value
    if further := related(states):
        states = {**states, **reads.states(further).value}
    return compared(refusal.code, Case(scope, body.event, refusal.received_at, states), visit.speech)


def _recorded(shell: Shell, refusal: Refusal, body: Body) -> list[Differs]:
    """How what stands under a reused id differs from what was sent."""
    if refusal.code != "id_reused" or refusal.id is None:
        return []
    stored = shell.services.reads.event(refusal.source, refusal.id).value
    parked = None if stored else shell.services.reads.parked_one(refusal.source, refusal.id).value
    there = stored.body if stored else parked.body if parked else b""
    return differences(parsed(there.decode()) or {}, body.event)


def _draft(refusal: Refusal, body: Body) -> str:
    """What the editor begins with: what was sent, under a new id where the old one is taken."""
    event: dict[str, Any] = body.event
    if refusal.code == "id_reused" and isinstance(event.get("id"), str):
        return written({**event, "id": _next_id(event["id"])})
    return body.text


def _next_id(name: str) -> str:
    """`x` becomes `x-2`, `x-2` becomes `x-3`; never longer than ids may be."""
    stem, dash, end = name.rpartition("-")
    if dash and end.isascii() and end.isdigit() and len(end) < 4:
        return f"{stem}-{int(end) + 1}"[:128]
    return f"{name[:125]}-2"
