"""Signing in and out. One sentence for a wrong name and for a wrong password: nobody learns which names exist."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import access
from api.access import SESSION_COOKIE
from api.console import forms, visits
from api.console.shell import SIGN_IN, Shell
from api.console.visits import VISIT_COOKIE, Visit
from api.gate import SESSION_LENGTH
from api.problems import Problem

HOME: Final = "/console/alerts"
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
        if visit.principal is not None and visit.principal.reads_all:
            return RedirectResponse(_wanted(visit.request.query_params.get("next")), 303)
        return self._form(visit, wanted=_wanted(visit.request.query_params.get("next")))

    async def sign_in(self, visit: Visit) -> Response:
        form = await forms.read(visit.request)
        name, wanted = form.get("name", ""), _wanted(form.get("next"))
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
        answer = RedirectResponse(wanted, 303)
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
            visit, "sign_in.html", status, gone=gone, csrf=self._gate.csrf(bound), sign_in=SIGN_IN, **filled
        )
        visits.set_cookie(visit.request, response, VISIT_COOKIE, bound, None)
        return response


def _wanted(address: str | None) -> str:
    """Where to go afterwards: only a page of the console, never another host."""
    if address and address.startswith("/console/") and not address.startswith(SIGN_IN) and "\\" not in address:
        return address
    return HOME


async def root(_request: Request) -> Response:
    """`/` leads to the alerts, and from there to the sign-in where needed."""
    return RedirectResponse(HOME, 303)
