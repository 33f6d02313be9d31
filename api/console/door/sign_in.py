"""Signing in and out. One sentence for a wrong name and for a wrong password: nobody learns which names exist."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.access import session_cookie
from api.console import forms, visits, ways
from api.console.door import arrival
from api.console.door.arrival import STEP_COOKIE
from api.console.shell import SIGN_IN, Shell
from api.console.visits import VISIT_COOKIE, Visit
from api.entrance import PENDING_LENGTH, HalfWay
from api.problems import Problem

NAME_LENGTH_MAX: Final = 128
PASSWORD_LENGTH_MAX: Final = 1024
CODE: Final = f"{SIGN_IN}/code"


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
        self._entrance = shell.services.entrance

    async def show(self, visit: Visit) -> Response:
        wanted = visit.request.query_params.get("next") or ""
        if visit.principal is not None:
            return RedirectResponse(arrival.onwards(visit.principal, wanted), 303)
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
        if not _usable(name, NAME_LENGTH_MAX) or not password or len(password) > PASSWORD_LENGTH_MAX:
            return self._form(visit, 422, wanted=wanted, name=name[:NAME_LENGTH_MAX], trouble="incomplete")
        where = arrival.where(self._entrance, visit.request, arrival.bound(visit))
        try:
            passed = await self._entrance.password(name, password, where)
        except Problem as problem:
            if problem.code != "too_many_requests":
                raise
            wait = problem.headers["Retry-After"]
            form_again = self._form(visit, 429, wanted=wanted, name=name, trouble="locked", wait=int(wait))
            return arrival.waiting(form_again, wait)
        if passed is None:
            return self._form(visit, 401, wanted=wanted, name=name, trouble="wrong")
        if isinstance(passed, HalfWay):
            answer = RedirectResponse(arrival.with_next(CODE, wanted), 303)
            visits.set_cookie(visit.request, answer, VISIT_COOKIE, where.visit, None)
            visits.set_cookie(
                visit.request, answer, STEP_COOKIE, passed.token, int(PENDING_LENGTH.total_seconds())
            )  # fmt: skip
            return answer
        return await arrival.welcome(self._shell, visit, passed, wanted)

    async def sign_out(self, visit: Visit) -> Response:
        form = await forms.read(visit.request)
        if visit.token is not None:
            forms.check_token(form, self._gate, visit.token)
            await self._gate.sign_out(visit.token)
        answer = RedirectResponse(f"{SIGN_IN}?gone=1", 303)
        answer.delete_cookie(
            session_cookie(visit.request.url.scheme), secure=visit.request.url.scheme == "https", httponly=True
        )
        return answer

    def _form(self, visit: Visit, status: int = 200, **values: object) -> Response:
        filled = {"name": "", "trouble": None, "wait": 0, **values}
        gone = visit.request.query_params.get("gone") == "1"
        by_provider = self._shell.services.provider is not None
        return arrival.show(
            self._shell, visit, "sign_in.html", status, gone=gone, sign_in=SIGN_IN, by_provider=by_provider, **filled
        )


def _usable(name: str, longest: int) -> bool:
    return 0 < len(name) <= longest and name.isprintable()


def root(shell: Shell, strangers: str = SIGN_IN) -> Callable[[Request], Awaitable[Response]]:
    """`/` leads home, and those who have not signed in to where `strangers` are welcome."""

    async def lead(visit: Visit) -> Response:
        return RedirectResponse(ways.home(visit.principal.role) if visit.principal else strangers, 303)

    return shell.open(lead)
