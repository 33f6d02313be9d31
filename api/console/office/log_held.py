"""What was sent in and did not reach the log, or has not yet: the lists, and one of each with its body."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api import cursors
from api.console.frame import frame
from api.console.office.log import LOG
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.words import CODES, ENTITIES, EVENTS, known
from api.problems import Problem
from api.withholding import shown_body
from ledger.store.reading import REFUSAL_BYTES_MAX

PAGE: Final = 50


def routes(shell: Shell) -> list[Route]:
    """/console/log/parked, /console/log/refused, and one of each by its number."""
    reads = shell.services.reads

    def parked(visit: Visit) -> Response:
        source, _, cursor = _asked(visit.request, {"source", "cursor"})
        question = ("console", "parked", source)
        after = cursors.decode(question, cursor or None, int, 0)
        found = reads.parked(source or None, after, PAGE + 1).value
        return _listed(visit, "office/log_parked.html", found, question, source=source, code="", cursor=cursor)

    def refused(visit: Visit) -> Response:
        source, code, cursor = _asked(visit.request, {"source", "code", "cursor"})
        if code and code not in CODES:
            raise Problem("invalid_parameter", "there is no such reason.")
        question = ("console", "refused", source, code)
        before = cursors.decode(question, cursor or None, int | None, None)
        found = reads.refused(source or None, code or None, before, PAGE + 1).value
        return _listed(visit, "office/log_refused.html", found, question, source=source, code=code, cursor=cursor)

    def _listed(visit: Visit, template: str, found: list[Any], question: tuple[str, ...], **values: Any) -> Response:
        shown = found[:PAGE]
        return shell.render(
            visit,
            template,
            **frame(shell.services),
            rows=shown,
            following=cursors.encode(question, shown[-1].number) if len(found) > PAGE else None,
            event=lambda kind: visit.speech.text(known(EVENTS, kind)),
            said=lambda name: visit.speech.text(known(CODES, name)),
            codes=[(name, visit.speech.text(words)) for name, words in CODES.items()],
            **values,
        )

    def parked_one(visit: Visit) -> Response:
        _asked(visit.request, set())
        found = reads.parked_number(visit.request.path_params["number"]).value
        if found is None:
            raise Problem("not_found", "nothing was parked under this number.")
        say = visit.speech
        return shell.render(
            visit,
            "office/log_parked_one.html",
            **frame(shell.services),
            found=found,
            event=say.text(known(EVENTS, found.event.type)),
            waits=[
                (say.text(known(ENTITIES, key.partition(":")[0])), key, key in found.arrived)
                for key in found.event.missing
            ],
            body=_pretty(found.event.body.decode()),
        )

    def refused_one(visit: Visit) -> Response:
        _asked(visit.request, set())
        found = reads.refused_one(visit.request.path_params["number"]).value
        if found is None or visit.principal is None:
            raise Problem("not_found", "nothing was refused under this number.")
        body = shown_body(visit.principal, found)
        return shell.render(
            visit,
            "office/log_refused_one.html",
            **frame(shell.services),
            found=found,
            said=visit.speech.text(known(CODES, found.code)),
            body=body,
            text=_pretty(body.text) if body.text is not None else "",
            cut=found.body_bytes > REFUSAL_BYTES_MAX,
        )

    pages = {
        "parked": parked,
        "refused": refused,
        "parked/{number:int}": parked_one,
        "refused/{number:int}": refused_one,
    }
    return [
        Route(f"{LOG}/{path}", shell.page(page), methods=["GET"], include_in_schema=False)
        for path, page in pages.items()
    ]


def _pretty(text: str) -> str:
    """JSON with a line for each field; anything else as it was sent."""
    try:
        return msgspec.json.format(text, indent=2)
    except msgspec.MsgspecError:
        return text


def _asked(request: Request, names: set[str]) -> tuple[str, str, str]:
    """(source, code, cursor) of an address. Raises Problem for what is not known."""
    pairs = request.query_params.multi_items()
    given = dict(pairs)
    if len(given) != len(pairs) or given.keys() - names:
        raise Problem("invalid_parameter", f"known, and once each: {', '.join(sorted(names)) or 'nothing'}.")
    if any(len(value) > 300 or "\0" in value or "\ufffd" in value for value in given.values()):
        raise Problem("invalid_parameter", "a parameter is too long, or no text.")
    return given.get("source", "").strip(), given.get("code", ""), given.get("cursor", "")
