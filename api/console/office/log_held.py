"""What was sent in and did not reach the log, or has not yet: the lists, and one of each with its body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api import cursors
from api.console.frame import frame
from api.console.office.log import LOG
from api.console.shell import Page, Shell
from api.console.visits import Visit
from api.console.words import CODES, ENTITIES, EVENTS, known
from api.problems import Problem
from api.withholding import shown_body
from ledger.store.reading import REFUSAL_BYTES_MAX

PAGE: Final = 50


def routes(shell: Shell) -> list[Route]:
    """/console/log/parked, /console/log/refused, and one of each by its number."""
    pages = {
        "parked": _parked(shell),
        "refused": _refused(shell),
        "parked/{number:int}": _parked_one(shell),
        "refused/{number:int}": _refused_one(shell),
    }
    return [
        Route(f"{LOG}/{path}", shell.page(page), methods=["GET"], include_in_schema=False)
        for path, page in pages.items()
    ]


def _parked(shell: Shell) -> Page:
    def page(visit: Visit) -> Response:
        source, _, cursor = _asked(visit.request, {"source", "cursor"})
        question = ("console", "parked", source)
        after = cursors.decode(question, cursor or None, int, 0)
        found = shell.services.reads.parked(source or None, after, PAGE + 1).value
        given = {"source": source, "code": ""}
        return _listed(shell, visit, "office/log_parked.html", found, question, given)

    return page


def _refused(shell: Shell) -> Page:
    def page(visit: Visit) -> Response:
        source, code, cursor = _asked(visit.request, {"source", "code", "cursor"})
        if code and code not in CODES:
            raise Problem("invalid_parameter", "there is no such reason.")
        question = ("console", "refused", source, code)
        before = cursors.decode(question, cursor or None, int | None, None)
        found = shell.services.reads.refused(source or None, code or None, before, PAGE + 1).value
        given = {"source": source, "code": code}
        return _listed(shell, visit, "office/log_refused.html", found, question, given)

    return page


def _listed(
    shell: Shell,
    visit: Visit,
    template: str,
    found: Sequence[Any],
    question: tuple[str, ...],
    given: Mapping[str, Any],
) -> Response:
    shown = found[:PAGE]
    return shell.render(
        visit,
        template,
        **frame(shell.services),
        **given,
        rows=shown,
        following=cursors.encode(question, shown[-1].number) if len(found) > PAGE else None,
        event=lambda kind: visit.speech.text(known(EVENTS, kind)),
        said=lambda name: visit.speech.text(known(CODES, name)),
        codes=[(name, visit.speech.text(words)) for name, words in CODES.items()],
    )


def _parked_one(shell: Shell) -> Page:
    def page(visit: Visit) -> Response:
        _asked(visit.request, set())
        found = shell.services.reads.parked_number(_number(visit)).value
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

    return page


def _refused_one(shell: Shell) -> Page:
    def page(visit: Visit) -> Response:
        _asked(visit.request, set())
        found = shell.services.reads.refused_one(_number(visit)).value
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

    return page


def _number(visit: Visit) -> int:
    """The number of the address. Raises Problem for one that no row can have."""
    number: int = visit.request.path_params["number"]
    if number >= 1 << 63:
        raise Problem("not_found", "there is no such number.")
    return number


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
