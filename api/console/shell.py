"""The frame of every page: templates, headers, who may come in, how a problem is shown."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api import errors
from api.access import Role
from api.console import forms, languages, settling, uploads, visits, ways, words
from api.console.assets import Assets
from api.console.visits import Visit
from api.console.ways import OFFICE
from api.problems import Problem
from api.services import Services

TEMPLATES: Final = Path(__file__).parent.parent / "templates"
SIGN_IN: Final = "/console/sign-in"
SECOND_FACTOR: Final = f"{ways.ACCOUNT}/second-factor"
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie, HX-Request",
}
HTMX: Final = json.dumps(
    {
        "includeIndicatorStyles": False,
        "allowEval": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "refreshOnHistoryMiss": True,
    }
)

Page = Callable[[Visit], Response]  # may block: runs in a thread
Act = Callable[[Visit, dict[str, str]], Awaitable[Response]]
Take = Callable[[Visit, uploads.Sent], Awaitable[Response]]


@dataclass(frozen=True)
class Shell:
    """What pages are made with."""

    services: Services
    assets: Assets
    zone: ZoneInfo
    templates: Environment

    def page(self, page: Page, roles: tuple[Role, ...] = OFFICE) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint for people of these roles who have signed in."""

        async def answer(visit: Visit) -> Response:
            turned_away = let_in(visit, roles)
            return turned_away if turned_away is not None else await asyncio.to_thread(page, visit)

        return self.open(answer)

    def here(
        self, answer: Callable[[Visit], Awaitable[Response]], roles: tuple[Role, ...] = ways.ALL
    ) -> Callable[[Request], Awaitable[Response]]:
        """As `page`, for an endpoint that waits instead of blocking."""

        async def answered(visit: Visit) -> Response:
            turned_away = let_in(visit, roles)
            return turned_away if turned_away is not None else await answer(visit)

        return self.open(answered)

    def action(
        self, act: Act, roles: tuple[Role, ...] = OFFICE, bytes_max: int = forms.BYTES_MAX
    ) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that changes something: its form must belong to the session, and have at most `bytes_max`."""

        async def answer(visit: Visit) -> Response:
            turned_away = let_in(visit, roles)
            if turned_away is not None:
                return turned_away
            form = await forms.read(visit.request, bytes_max)
            forms.check_token(form, self.services.gate, visit.token)
            return await settling.settled(self.services, act(visit, form))

        return self.open(answer)

    def upload(
        self, take: Take, file_bytes_max: int, roles: tuple[Role, ...] = OFFICE
    ) -> Callable[[Request], Awaitable[Response]]:
        """The same, for a form with a file."""

        async def answer(visit: Visit) -> Response:
            turned_away = let_in(visit, roles)
            if turned_away is not None:
                return turned_away
            sent = await uploads.read(visit.request, file_bytes_max)
            forms.check_token(sent.fields, self.services.gate, visit.token)
            return await settling.settled(self.services, take(visit, sent))

        return self.open(answer)

    def open(self, answer: Callable[[Visit], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint for anybody; whatever goes wrong is shown as a page."""

        async def made(request: Request) -> Response:
            visit: Visit | None = None
            try:
                changed = visits.display_change(request)
                if changed is not None:
                    return changed
                visit = await visits.visit(request, self.services.gate, self.zone)
                return await answer(visit)
            except Exception as error:  # noqa: BLE001 - people are shown a page, whatever happened
                return self._trouble(request, visit, self._problem(error, request.url.path))

        async def endpoint(request: Request) -> Response:
            started = time.perf_counter()
            response = await made(request)
            response.headers["Server-Timing"] = _timing(request, time.perf_counter() - started)
            return response

        return endpoint

    def render(self, visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
        """A page, or a piece of one, in the reader's language."""
        body = self.templates.get_template(f"console/{template}").render(
            visit=visit,
            say=visit.speech,
            words=words,
            ways=ways.WAYS[visit.principal.role] if visit.principal else (),
            _=visit.speech.text,
            n_=visit.speech.plural,
            now=self.services.now(),
            asset=self.assets.url,
            htmx_config=HTMX,
            languages=languages,
            themes=visits.THEMES,
            **values,
        )
        return HTMLResponse(body, status, HEADERS)

    def _problem(self, error: Exception, path: str) -> Problem:
        if isinstance(error, Problem):
            return error
        return self.services.problem_of(error) or errors.unexpected(error, path)

    def _trouble(self, request: Request, visit: Visit | None, problem: Problem) -> Response:
        accept = request.headers.get("accept", "")
        if "json" in accept and "html" not in accept:
            return errors.response(problem)
        if visit is None:
            visit = _stranger(request, self.zone)
        template = "piece_problem.html" if visit.by_script else "problem.html"
        response = self.render(visit, template, problem.status, problem=problem)
        if "Retry-After" in problem.headers:
            response.headers["Retry-After"] = problem.headers["Retry-After"]
        return response


def build(services: Services) -> Shell:
    """Read templates, catalogues and static files, so that a mistake in one shows at the start."""
    for tag in languages.LOCALES:
        languages.translations(tag)
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    return Shell(services, Assets(), ZoneInfo(services.time_zone), templates)


def let_in(visit: Visit, roles: tuple[Role, ...]) -> Response | None:
    """None for those whom a page is for; for the others the way to sign in, or a Problem."""
    if visit.principal is None:
        if visit.by_script:
            raise Problem("unauthenticated", "the session has ended; sign in again.")
        path = visit.request.url.path if visit.request.method == "GET" else ""
        query = visit.request.url.query
        wanted = f"{path}?{query}" if path and query else path
        address = f"{SIGN_IN}?next={quote(wanted, safe='')}" if wanted else SIGN_IN
        return RedirectResponse(address, 303)
    if visit.principal.must_enrol and not visit.request.url.path.startswith(ways.ACCOUNT):
        if visit.by_script:
            raise Problem("forbidden", "set up the second factor first.")
        return RedirectResponse(SECOND_FACTOR, 303)
    if visit.principal.role not in roles:
        raise Problem(
            "forbidden", f"this page is for {' and '.join(roles)}; you have signed in as {visit.principal.role}."
        )
    return None


def _timing(request: Request, seconds: float) -> str:
    """Which page it was and how long it took here: shown by browsers' tools, read by `crowdledger bench console`."""
    route = getattr(request.scope.get("route"), "path", "other")
    return f'page;desc="{route}";dur={seconds * 1000:.1f}'


def _stranger(request: Request, zone: ZoneInfo) -> Visit:
    """A visit where not even the session could be looked up."""
    return Visit(request, visits.speech_of(request, zone), visits.theme_of(request), None, None, "")
