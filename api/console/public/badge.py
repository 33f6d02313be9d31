"""The badge of a platform: a picture for its own pages, and the signed statement by which anybody can check it."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api import errors, register
from api.console import asked, languages
from api.console.public.register import REGISTER, STANDINGS, find
from api.console.shell import Shell
from api.console.speech import Speech
from api.problems import Problem

FIVE_MINUTES: Final = "public, max-age=300"
THEMES: Final = ("light", "dark")
LANGUAGES: Final = (*languages.LOCALES, "zh")
NAME_WIDTH_MAX: Final = 34  # half-width characters of the name; what is longer ends in an ellipsis
_WIDE: Final = 12  # pixels of a full-width character at 12 px
_NARROW: Final = 8
_EDGE: Final = 46  # what stands beside the text


class Colours(NamedTuple):
    """Of a picture that stands on other people's pages: no style sheet of ours reaches it."""

    ground: str
    ink: str
    muted: str
    line: str


_COLOURS: Final = {
    "light": Colours("#ffffff", "#17212c", "#52606d", "#c4ccd4"),
    "dark": Colours("#17212c", "#f2f5f8", "#b3c0cc", "#445260"),
}
_MARKS: Final = {
    "licensed": "#1d6b3c", "restricted": "#7a5a00", "registered": "#4a5866", "expired": "#a8460a",
    "suspended": "#a3101f", "closed": "#4a5866",
}  # fmt: skip


def routes(shell: Shell) -> list[Route]:
    """/register/{platform}/badge.svg and badge.json."""

    def picture(request: Request) -> Response:
        given = asked.read(request, lang=LANGUAGES, theme=THEMES)
        tag = given.get("lang") or languages.choose(None, request.headers.get("accept-language", ""))
        say = Speech("zh-Hans" if tag == "zh" else tag, shell.zone)
        found = find(shell.services, request.path_params["platform"])
        name = shortened(found.platform.name)
        status = say.text(STANDINGS[found.standing])
        licence = found.platform.licence if found.standing in {"licensed", "restricted"} else None
        lines = [name, f"{status} · {licence}" if licence else status]
        svg = shell.templates.get_template("console/public/badge.svg").render(
            _=say.text,
            tag=say.tag,
            name=name,
            full=found.platform.name,
            below=shortened(lines[1]),
            status=status,
            width=_EDGE + max(width(lines[0]), width(shortened(lines[1]))),
            colours=_COLOURS[given.get("theme", "light")],
            mark=_MARKS[found.standing],
            day=shell.services.now().astimezone(shell.zone).date().isoformat(),
        )
        headers = {
            "Cache-Control": FIVE_MINUTES,
            "Vary": "Accept-Language",
            # Other people's pages show it; nothing else of ours may be taken along.
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Ledger-Position": str(found.position),
        }
        return Response(svg, headers=headers, media_type="image/svg+xml")

    def statement(request: Request) -> Response:
        asked.read(request)
        found, now = find(shell.services, request.path_params["platform"]), shell.services.now()
        today = now.astimezone(shell.zone).date()
        stated = register.statement(found.platform, found.held, today, found.position, now)
        note, key = shell.services.reads.sign_standing(stated)
        body = msgspec.json.encode({"statement": stated, "note": note, "key": key})
        headers = {"Cache-Control": FIVE_MINUTES, "Access-Control-Allow-Origin": "*"}
        return Response(body, headers=headers, media_type="application/json")

    return [
        Route(f"{REGISTER}/{{platform}}/badge.svg", _plain(shell, picture), methods=["GET"], include_in_schema=False),
        Route(
            f"{REGISTER}/{{platform}}/badge.json", _plain(shell, statement), methods=["GET"], include_in_schema=False
        ),
    ]


def _plain(shell: Shell, answer: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    """No page: it takes no cookie and sets none, and what goes wrong is a problem as in the API."""

    async def endpoint(request: Request) -> Response:
        try:
            return await asyncio.to_thread(answer, request)
        except Problem as problem:
            return errors.response(problem)
        except Exception as error:  # noqa: BLE001 - an embedded picture must not show a traceback
            return errors.response(shell.services.problem_of(error) or errors.unexpected(error, request.url.path))

    return endpoint


def width(text: str) -> int:
    """About how many pixels a text takes: full-width characters are wider."""
    return sum(_WIDE if unicodedata.east_asian_width(each) in "WFA" else _NARROW for each in text)


def shortened(text: str) -> str:
    """A text that fits, without what steers a line: direction marks and control characters would redraw the badge."""
    plain = "".join(each for each in text if unicodedata.category(each)[0] != "C")
    if width(plain) <= NAME_WIDTH_MAX * _NARROW:
        return plain
    kept = ""
    for each in plain:
        if width(kept + each) > (NAME_WIDTH_MAX - 2) * _NARROW:
            break
        kept += each
    return f"{kept}…"
