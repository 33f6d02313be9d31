"""What is done on the page of a case: steps, files, exports. Each is recorded once, however often it is sent."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import case_actions
from api.case_export import files
from api.console.office import case_words
from api.console.office.case import page
from api.console.office.casework import BOARD, Reply, Told, officer, parameters, recorded, told
from api.console.shell import HEADERS, Shell
from api.console.uploads import Sent
from api.console.visits import Visit
from api.problems import Problem
from ledger.events.cases import EVIDENCE_BYTES_MAX

# What somebody else did meanwhile may speak against these; a note is welcome at any time.
DECISIONS: Final = frozenset({"assign", "set_due", "refer", "update_referral", "close", "reopen"})
FORMATS: Final = ("html", "goaml")
LANGUAGES: Final = ("zh", "en")


def routes(shell: Shell) -> list[Route]:
    """The acts of /console/cases/{name}; whoever loads the answer to a form again is led to the case."""
    one = f"{BOARD}/{{name}}"
    posts = {
        f"{one}/actions": shell.action(_acting(shell)),
        f"{one}/files": shell.upload(_attaching(shell), EVIDENCE_BYTES_MAX),
        f"{one}/files/{{evidence}}": shell.action(_looking(shell)),
        f"{one}/export/names": shell.action(_naming(shell)),
    }
    return [
        Route(f"{one}/export", shell.page(_exporting(shell)), methods=["GET"], include_in_schema=False),
        *(Route(path, act, methods=["POST"], include_in_schema=False) for path, act in posts.items()),
        *(Route(path, shell.page(_back), methods=["GET"], include_in_schema=False) for path in posts),
    ]


def _back(visit: Visit) -> Response:
    return RedirectResponse(_address(visit), 303)


def _address(visit: Visit) -> str:
    return f"{BOARD}/{quote(visit.request.path_params['name'])}"


def _acting(shell: Shell) -> Any:
    async def act(visit: Visit, form: dict[str, str]) -> Response:
        who, name = officer(visit), visit.request.path_params["name"]
        action, once, seen = form.pop("action", ""), form.pop("once", None), form.pop("seen", "")
        form.pop("csrf", None)
        if action not in case_actions.ACTIONS:
            raise Problem("invalid_parameter", f"an action is one of {', '.join(case_actions.ACTIONS)}.")
        if action in DECISIONS and await asyncio.to_thread(_overtaken, shell, name, seen, who.name, once):
            changed = Told(case_words.TROUBLES["changed"], None, 409)
            reply = Reply(trouble=changed, tried=action, form=form)
            return await asyncio.to_thread(page, shell, visit, reply)

        def do() -> tuple[str, int]:
            _, position = case_actions.act(shell.services, who, name, action, form, once)
            return _address(visit), position

        def refused(problem: Problem) -> Response:
            return page(shell, visit, Reply(trouble=told(problem), tried=action, form=form))

        return await recorded(do, action, refused)

    return act


def _overtaken(shell: Shell, name: str, seen: str, me: str, once: str | None) -> bool:
    """True where somebody else did something after the page with the form was made."""
    if not (seen.isascii() and seen.isdigit()):
        return False
    read = shell.services.reads.case(name).value
    later = [] if read is None else [each for each in read.history if each.position > int(seen[:18])]
    return any(each.by_whom != me and each.step != "evidence_opened" for each in later)


def _attaching(shell: Shell) -> Any:
    async def take(visit: Visit, sent: Sent) -> Response:
        who, name = officer(visit), visit.request.path_params["name"]
        fields, file = sent

        def do() -> tuple[str, int]:
            if file is None or not file.content:
                raise Problem("invalid_parameter", "no file was chosen, or it is empty.")
            called = fields.get("name") or file.name
            if not called:
                raise Problem("invalid_parameter", "the file has no name that can be kept; give it one.")
            _, position = case_actions.attach(
                shell.services, who, name, file.content, called, file.media_type, fields.get("once")
            )
            return _address(visit), position

        def refused(problem: Problem) -> Response:
            return page(shell, visit, Reply(trouble=told(problem), tried="attach", form=fields))

        return await recorded(do, "attach", refused)

    return take


def _looking(shell: Shell) -> Any:
    async def look(visit: Visit, form: dict[str, str]) -> Response:
        return await asyncio.to_thread(_file, shell, visit, form)

    return look


def _file(shell: Shell, visit: Visit, form: dict[str, str]) -> Response:
    """The file as a download, under the name that it was attached with; the look is recorded before."""
    who, name, evidence = officer(visit), visit.request.path_params["name"], visit.request.path_params["evidence"]
    if "reason" not in form:
        problem = Problem("invalid_parameter", "say why the file is opened; the look is recorded.")
        return page(shell, visit, Reply(trouble=told(problem), tried=evidence, form=form))
    content = case_actions.open_file(shell.services, who, name, evidence, form["reason"])
    read = shell.services.reads.case(name).value
    kept = {} if read is None else {each["evidence"]: each["name"] for each in read.listed.case.files}
    headers = {
        **HEADERS,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept.get(evidence, evidence), safe='')}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, 200, headers, "application/octet-stream")


def _exporting(shell: Shell) -> Any:
    def export(visit: Visit) -> Response:
        given = parameters(visit, "format", "language")
        return _export(shell, visit, given.get("format", ""), given.get("language", "zh"), None)

    return export


def _naming(shell: Shell) -> Any:
    async def export(visit: Visit, form: dict[str, str]) -> Response:
        officer(visit)
        return await asyncio.to_thread(_with_names, shell, visit, form)

    return export


def _with_names(shell: Shell, visit: Visit, form: dict[str, str]) -> Response:
    try:
        return _export(shell, visit, form.get("format", ""), form.get("language", "zh"), _reason_of(form))
    except Problem as problem:
        if problem.code not in case_words.TOLD:
            raise
        return page(shell, visit, Reply(trouble=told(problem), tried="names", form=form))


def _reason_of(form: dict[str, str]) -> str:
    if "reason" not in form:
        raise Problem("invalid_parameter", "say the reason for which names are opened; each look is recorded.")
    return form["reason"]


def _export(shell: Shell, visit: Visit, form: str, language: str, names_for: str | None) -> Response:
    if form not in FORMATS or language not in LANGUAGES:
        raise Problem("invalid_parameter", f"format is one of {', '.join(FORMATS)}, language zh or en.")
    assert visit.principal is not None, "the office has signed in"
    name = visit.request.path_params["name"]
    if form == "goaml":
        return files.report(shell.services, visit.principal, name, names_for)
    return files.html(shell.services, visit.principal, name, language, names_for, keep=True)
