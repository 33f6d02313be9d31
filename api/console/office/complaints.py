"""What people complain about, for the office. An investor's own words are opened one by one, on the record."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from api import complaining, cursors
from api.complaining import CATEGORIES, Opened
from api.console import asked
from api.console.frame import frame
from api.console.office.casework import platforms_of
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.words import COMPLAINTS, ENTITIES, N_, known
from api.problems import Problem
from ledger.events.naming import scope_and_name
from projections.filings import Filed, Wanted
from projections.mine import NEWEST

PATH: Final = "/console/complaints"
PAGE: Final = 50
REASON_MIN, REASON_MAX = 3, 1_900


class Line(NamedTuple):
    """A complaint; `called`: the platform's name; `own`: an investor filed it herself, so that its text lies sealed."""

    filed: Filed
    about: str
    platform: str
    called: str
    own: bool


class Shown(NamedTuple):
    """A text that was opened on this page, or why it was not."""

    complaint: str
    opened: Opened | None
    trouble: str | None
    reason: str


def routes(shell: Shell) -> list[Route]:
    """/console/complaints, and opening a text there."""
    return [
        Route(PATH, shell.page(lambda visit: _page(shell, visit, None)), methods=["GET"], include_in_schema=False),
        Route(
            f"{PATH}/{{complaint}}/text",
            shell.action(_open(shell), ("regulator",)),
            methods=["POST"],
            include_in_schema=False,
        ),
    ]


def _page(shell: Shell, visit: Visit, shown: Shown | None) -> Response:
    given = _asked(visit)
    wanted = Wanted(
        given.get("platform") or None,
        given.get("category") or None,
        {"investor": True, "platform": False}.get(given.get("by", "")),
    )
    question = ("complaints page", *wanted)
    before = cursors.decode(question, given.get("cursor") or None, int, NEWEST)
    read = shell.services.complaints.listed(wanted, before, PAGE + 1)
    rows, platforms = read.value[:PAGE], platforms_of(shell)
    return shell.render(
        visit,
        "office/complaints.html",
        422 if shown and shown.trouble else 200,
        **frame(shell.services),
        lines=[_line(each, platforms, visit) for each in rows],
        platforms=sorted({**_typed(wanted.platform), **platforms}.items(), key=lambda each: each[1]),
        wanted=wanted,
        by=given.get("by", ""),
        shown=shown,
        categories=[(name, visit.speech.text(COMPLAINTS[name])) for name in CATEGORIES],
        said=lambda code: visit.speech.text(known(COMPLAINTS, code)),
        first=_address(given, None) if given.get("cursor") else None,
        following=_address(given, cursors.encode(question, rows[-1].position)) if len(read.value) > PAGE else None,
    )


def _address(given: dict[str, str], cursor: str | None) -> str:
    query = urlencode({name: value for name, value in (given | {"cursor": cursor}).items() if value})
    return f"{PATH}?{query}"


def _line(each: Filed, platforms: Mapping[str, str], visit: Visit) -> Line:
    platform, _, name = scope_and_name(each.about).partition("/")
    kind, called = visit.speech.text(known(ENTITIES, each.about_kind)), platforms.get(platform, platform)
    return Line(each, f"{kind} {name or called}", platform, called, each.scope == "registry")


def _typed(platform: str | None) -> dict[str, str]:
    # What the address asks for stays chosen, even where no such platform is.
    return {} if platform is None else {platform: platform}


def _asked(visit: Visit) -> dict[str, str]:
    if visit.request.method == "POST":
        return {}
    return asked.read(visit.request, platform=None, category=None, by=("investor", "platform"), cursor=None)


def _open(shell: Shell) -> Any:
    async def act(visit: Visit, form: dict[str, str]) -> Response:
        complaint, reason = visit.request.path_params["complaint"], form.get("reason", "")
        shown = await asyncio.to_thread(_opened, shell, visit, complaint, reason)
        # No redirect: what was opened is shown once, and the next look is a look of its own.
        return await asyncio.to_thread(_page, shell, visit, shown)

    return act


def _opened(shell: Shell, visit: Visit, complaint: str, reason: str) -> Shown:
    assert visit.principal is not None, "an action is for who has signed in"
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        trouble = visit.speech.text(N_("Say in a few words why you look; it is recorded, and she sees it."))
        return Shown(complaint, None, trouble, reason)
    try:
        return Shown(complaint, complaining.open_text(shell.services, visit.principal, complaint, reason), None, "")
    except Problem as problem:
        if problem.code not in {"not_found", "erased"}:
            raise
        return Shown(complaint, None, visit.speech.text(N_("There is no sealed text: it was erased.")), "")
