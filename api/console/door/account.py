"""My account: password, second factor, sessions. For everybody who has signed in, by the same address."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.account import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, Wrong
from api.console import ways
from api.console.door import arrival
from api.console.shell import SECOND_FACTOR, Shell
from api.console.visits import Visit
from api.console.ways import ACCOUNT
from api.problems import Problem

DONE: Final = ("password", "ended", "off")


def routes(shell: Shell) -> list[Route]:
    """/account and what can be done there."""
    desk = _Account(shell)

    def act(path: str, endpoint: str) -> Route:
        answer = shell.action(getattr(desk, endpoint), ways.ALL)
        return Route(f"{ACCOUNT}/{path}", answer, methods=["POST"], include_in_schema=False)

    return [
        Route(ACCOUNT, shell.here(desk.show), methods=["GET"], include_in_schema=False),
        act("password", "password"),
        act("sessions", "sessions"),
    ]


class _Account:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._accounts = shell.services.accounts

    async def show(self, visit: Visit) -> Response:
        return await page(self._shell, visit)

    async def password(self, visit: Visit, form: dict[str, str]) -> Response:
        user, token = visit.principal, visit.token
        assert user is not None
        assert token is not None, "the shell lets nobody else in"
        new = form.get("new", "")
        if not PASSWORD_LENGTH_MIN <= len(new) <= PASSWORD_LENGTH_MAX or len(form.get("old", "")) > PASSWORD_LENGTH_MAX:
            return await page(self._shell, visit, 422, trouble="short")
        if new != form.get("again"):
            return await page(self._shell, visit, 422, trouble="different")
        where = arrival.where(self._shell.services.entrance, visit.request, "")
        try:
            fresh = await self._accounts.change_password(user, form.get("old", ""), new, token, where)
        except Wrong:
            return await page(self._shell, visit, 403, trouble="password")
        except Problem as problem:
            return await paused(self._shell, visit, problem)
        answer = RedirectResponse(f"{ACCOUNT}?done=password", 303)
        arrival.keep_session(visit.request, answer, fresh, None)
        return answer

    async def sessions(self, visit: Visit, form: dict[str, str]) -> Response:
        user, token = visit.principal, visit.token
        assert user is not None
        assert token is not None, "the shell lets nobody else in"
        id = form.get("session")
        try:
            chosen = None if form.get("all") == "1" else str(UUID(id or ""))
        except ValueError:
            raise Problem("invalid_parameter", "no such session.") from None
        await self._accounts.end(user, chosen, token)
        return RedirectResponse(f"{ACCOUNT}?done=ended", 303)


async def page(shell: Shell, visit: Visit, status: int = 200, **values: object) -> Response:
    """The page, with what went wrong where something did."""
    user, token = visit.principal, visit.token
    assert user is not None
    assert token is not None, "the shell lets nobody else in"
    account = await shell.services.accounts.account(user)
    lines = [(each, shell.services.accounts.is_this(each, token)) for each in account.sessions]
    done = visit.request.query_params.get("done", "")
    filled = {"trouble": None, "wait": 0, "done": done if done in DONE else "", **values}
    required = user.role in shell.services.require_totp
    return shell.render(
        visit, "door/account.html", status, account=account, lines=lines, address=ACCOUNT,
        second_factor=SECOND_FACTOR, shortest=PASSWORD_LENGTH_MIN, required=required, **filled,
    )  # fmt: skip


async def paused(shell: Shell, visit: Visit, problem: Problem) -> Response:
    """The page while a pause holds; raises what is something else."""
    if problem.code != "too_many_requests":
        raise problem
    wait = problem.headers["Retry-After"]
    return arrival.waiting(await page(shell, visit, 429, trouble="locked", wait=int(wait)), wait)


def renewed(shell: Shell, visit: Visit, token: str) -> Visit:
    """The same visit under its session's new token."""
    user = visit.principal
    assert user is not None, "who has a session has signed in"
    return replace(visit, token=token, csrf=shell.services.gate.csrf(token), principal=user._replace(must_enrol=False))
