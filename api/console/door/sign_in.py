"""Signing in and out. One sentence for a wrong name and for a wrong password: nobody learns which names exist."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import access
from api.access import SESSION_COOKIE, Role
from api.console import forms, visits, ways
from api.console.shell import SIGN_IN, Shell
from api.console.visits import VISIT_COOKIE, Visit
from api.gate import SESSION_LENGTH
from api.problems import Problem

NAME_LENGTH_MAX: Final = 128
PASSWORD_LENGTH_MAX: Final = 1024


def routes(shell: Shell) -> list[Route]:
    """/console/sign-in and /console/sign-out."""
    desk = _Door(shell)
    return [
        Route(SIGN_IN, shell.open(desk.show), methods=["GET"], include_in_schema=False),
        Route(SIGN_IN, shell.open(desk.sign_in), methods=["POST"], include_in_schema=False),
        Route("/console/sign-out", shell.open(desk.sign_out), methods=["POST"], include_in_schema=False),
    ]


class _Door:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._gate = shell.services.gate

    async def show(self, visit: Visit) -> Response:
        wanted = visit.request.query_params.get("next") or ""
        if visit.principal is not None:
            return RedirectResponse(_onwards(visit.principal.role, wanted), 303)
        return self._form(visit, wanted=wanted)

    async def sign_in(self, visit: Visit) -> Response:
        form = await forms.read(visit.request)
        name, wanted = form.get("name", ""), form.get("next", "")
        bound = visit.token or visit.request.cookies.get(VISIT_COOKIE)
        try:
            forms.check_token(form, self._gate, bound)
        except Problem:
            return self._form(visit, 403, wanted=wanted, name=name, trouble="expired")
        password = form.get("password", "")
        if not name or not password or len(name) > NAME_LENGTH_MAX or len(password) > PASSWORD_LENGTH_MAX:
            return self._form(visit, 422, wanted=wanted, name=name[:NAME_LENGTH_MAX], trouble="incomplete")
        try:
            token = await self._gate.sign_in(name, password)
        except Problem as problem:
            if problem.code != "too_many_requests":
                raise
            wait = problem.headers["Retry-After"]
            response = self._form(visit, 429, wanted=wanted, name=name, trouble="locked", wait=int(wait))
            response.headers["Retry-After"] = wait
            return response
        if token is None:
            return self._form(visit, 401, wanted=wanted, name=name, trouble="wrong")
        principal = await self._gate.session(token)
        answer = RedirectResponse(_onwards(principal.role, wanted) if principal else SIGN_IN, 303)
        visits.set_cookie(visit.request, answer, SESSION_COOKIE, token, int(SESSION_LENGTH.total_seconds()))
        answer.delete_cookie(VISIT_COOKIE)
        return answer

    async def sign_out(self, visit: Visit) -> Response:
        form = await forms.read(visit.request)
        if visit.token is not None:
            forms.check_token(form, self._gate, visit.token)
            await self._gate.sign_out(visit.token)
        answer = RedirectResponse(f"{SIGN_IN}?gone=1", 303)
        answer.delete_cookie(SESSION_COOKIE)
        return answer

    def _form(self, visit: Visit, status: int = 200, **values: object) -> Response:
        """The form, bound to this browser by a cookie of its own: nobody signs others in from elsewhere."""
        bound = visit.request.cookies.get(VISIT_COOKIE) or access.new_token()
        filled = {"name": "", "trouble": None, "wait": 0, **values}
        gone = visit.request.query_params.get("gone") == "1"
        response = self._shell.render(
            visit, "door/sign_in.html", status, gone=gone, csrf=self._gate.csrf(bound), sign_in=SIGN_IN, **filled
        )
        visits.set_cookie(visit.request, response, VISIT_COOKIE, bound, None)
        return response


def _onwards(role: Role, wanted: str) -> str:
    """Where to go after signing in: a page that this role may see, never another host, never the form again."""
    if ways.allowed(role, wanted) and not wanted.startswith(SIGN_IN) and "\\" not in wanted:
        return wanted
    return ways.home(role)


def root(shell: Shell) -> Callable[[Request], Awaitable[Response]]:
    """`/` leads home, and those who have not signed in to where they can."""

    async def lead(visit: Visit) -> Response:
        return RedirectResponse(ways.home(visit.principal.role) if visit.principal else SIGN_IN, 303)

    return shell.open(lead)
