"""The second step of signing in: a code of the authenticator, or a recovery code."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.console import forms
from api.console.door import arrival
from api.console.door.arrival import STEP_COOKIE
from api.console.door.sign_in import CODE
from api.console.shell import SIGN_IN, Shell
from api.console.visits import VISIT_COOKIE, Visit
from api.problems import Problem

CODE_LENGTH_MAX: Final = 64


def routes(shell: Shell) -> list[Route]:
    """/console/sign-in/code."""
    step = _Step(shell)
    return [
        Route(CODE, shell.open(step.show), methods=["GET"], include_in_schema=False),
        Route(CODE, shell.open(step.check), methods=["POST"], include_in_schema=False),
    ]


class _Step:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._entrance = shell.services.entrance

    async def show(self, visit: Visit) -> Response:
        wanted = visit.request.query_params.get("next") or ""
        if visit.principal is not None:
            return RedirectResponse(arrival.onwards(visit.principal, wanted), 303)
        if STEP_COOKIE not in visit.request.cookies:
            return RedirectResponse(arrival.with_next(SIGN_IN, wanted), 303)
        return self._form(visit, wanted=wanted)

    async def check(self, visit: Visit) -> Response:
        form = await forms.read(visit.request)
        wanted, code = form.get("next", ""), form.get("code", "")
        bound = visit.request.cookies.get(VISIT_COOKIE)
        try:
            forms.check_token(form, self._shell.services.gate, bound)
        except Problem:
            return self._form(visit, 403, wanted=wanted, trouble="expired")
        if not code or len(code) > CODE_LENGTH_MAX or not code.isprintable():
            return self._form(visit, 422, wanted=wanted, trouble="incomplete")
        where = arrival.where(self._entrance, visit.request, bound or "")
        try:
            passed = await self._entrance.code(visit.request.cookies.get(STEP_COOKIE, ""), code, where)
        except Problem as problem:
            return self._refused(visit, wanted, problem)
        if passed is None:
            return self._form(visit, 401, wanted=wanted, trouble="wrong")
        return await arrival.welcome(self._shell, visit, passed, wanted)

    def _refused(self, visit: Visit, wanted: str, problem: Problem) -> Response:
        if problem.code == "unauthenticated":
            answer = RedirectResponse(arrival.with_next(f"{SIGN_IN}", wanted), 303)
            answer.delete_cookie(STEP_COOKIE)
            return answer
        if problem.code != "too_many_requests":
            raise problem
        wait = problem.headers["Retry-After"]
        return arrival.waiting(self._form(visit, 429, wanted=wanted, trouble="locked", wait=int(wait)), wait)

    def _form(self, visit: Visit, status: int = 200, **values: object) -> Response:
        filled = {"trouble": None, "wait": 0, **values}
        return arrival.show(self._shell, visit, "code.html", status, code_address=CODE, sign_in=SIGN_IN, **filled)
