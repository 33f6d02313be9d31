"""One request of a person: who it is, in which language, with which session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.access import Principal, session_cookie
from api.console import languages
from api.console.speech import Speech
from api.gate import Gate
from api.problems import Problem

VISIT_COOKIE: Final = "crowdledger_visit"  # before there is a session: what the sign-in form is bound to
LANGUAGE_COOKIE: Final = "crowdledger_lang"
THEME_COOKIE: Final = "crowdledger_theme"
THEMES: Final = ("auto", "light", "dark")
DISPLAY: Final = ("lang", "theme")
YEAR_SECONDS: Final = 365 * 24 * 3600
PLAIN: Final = ("/my/", "/account", "/console/sign-in")
QUIET: Final = ("/live", "/news")  # what open pages ask for by themselves


@dataclass(frozen=True)
class Visit:
    """What pages know of the request and of who sent it."""

    request: Request
    speech: Speech
    theme: str
    token: str | None = field(repr=False)
    principal: Principal | None
    csrf: str = field(repr=False)

    @property
    def by_script(self) -> bool:
        """True where htmx asks for a piece of a page."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def may_act(self) -> bool:
        """True for those who may work on alerts."""
        return self.principal is not None and self.principal.role == "regulator"

    @property
    def plain(self) -> bool:
        """True where no script of others is loaded: an investor's pages, and where secrets are typed or shown."""
        return self.request.url.path.startswith(PLAIN)

    def here(self, **changes: str) -> str:
        """The present address with some of its parameters changed; an empty one is left out."""
        given = dict(parse_qsl(self.request.url.query)) | changes
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{self.request.url.path}?{query}" if query else self.request.url.path


async def visit(request: Request, gate: Gate, zone: ZoneInfo) -> Visit:
    """Read the cookies of a request."""
    token = request.cookies.get(session_cookie(request.url.scheme))
    principal = await gate.session(token, quiet=request.url.path.endswith(QUIET))
    bound = token if principal else request.cookies.get(VISIT_COOKIE)
    return Visit(
        request,
        speech_of(request, zone),
        theme_of(request),
        token if principal else None,
        principal,
        gate.csrf(bound) if bound else "",
    )


def speech_of(request: Request, zone: ZoneInfo) -> Speech:
    """The language of a request: of its cookie, of its Accept-Language header."""
    tag = languages.choose(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", ""))
    return Speech(tag, zone)


def theme_of(request: Request) -> str:
    """The chosen theme; `auto` follows the system."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else THEMES[0]


def display_change(request: Request) -> Response | None:
    """Where the address has `lang` or `theme`: keep the choice in a cookie and lead to the address without it."""
    pairs = parse_qsl(request.url.query, keep_blank_values=True)
    chosen = {name: value for name, value in pairs if name in DISPLAY}
    if not chosen:
        return None
    if chosen.get("lang", languages.DEFAULT) not in languages.LOCALES:
        raise Problem("invalid_parameter", f"lang is one of {', '.join(languages.LOCALES)}.")
    if chosen.get("theme", THEMES[0]) not in THEMES:
        raise Problem("invalid_parameter", f"theme is one of {', '.join(THEMES)}.")
    rest = urlencode([pair for pair in pairs if pair[0] not in DISPLAY])
    response = RedirectResponse(f"{request.url.path}?{rest}" if rest else request.url.path, 303)
    if "lang" in chosen:
        set_cookie(request, response, LANGUAGE_COOKIE, chosen["lang"], YEAR_SECONDS)
    if "theme" in chosen:
        set_cookie(request, response, THEME_COOKIE, chosen["theme"], YEAR_SECONDS)
    return response


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int | None) -> None:
    """A cookie that no script reads; Secure where the address is https."""
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure)
