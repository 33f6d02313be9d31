"""Setting up the second factor: secret and QR code, a first code, the recovery codes; and switching it off."""

from __future__ import annotations

from markupsafe import Markup
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import second_factor
from api.account import PASSWORD_LENGTH_MAX, Wrong
from api.console import ways
from api.console.door import account, arrival
from api.console.door.code import CODE_LENGTH_MAX
from api.console.shell import SECOND_FACTOR, Shell
from api.console.visits import Visit
from api.console.ways import ACCOUNT
from api.entrance import SESSION_LENGTH
from api.problems import Problem

ISSUER = "Crowdledger"


def routes(shell: Shell) -> list[Route]:
    """/account/second-factor and what can be done there."""
    desk = _SecondFactor(shell)

    def act(path: str, endpoint: str) -> Route:
        return Route(path, shell.action(getattr(desk, endpoint), ways.ALL), methods=["POST"], include_in_schema=False)

    return [
        Route(SECOND_FACTOR, shell.here(desk.show), methods=["GET"], include_in_schema=False),
        act(SECOND_FACTOR, "confirm"),
        act(f"{SECOND_FACTOR}/off", "off"),
        act(f"{SECOND_FACTOR}/codes", "codes"),
    ]


class _SecondFactor:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._accounts = shell.services.accounts

    async def show(self, visit: Visit) -> Response:
        return await self._form(visit)

    async def confirm(self, visit: Visit, form: dict[str, str]) -> Response:
        user, token = visit.principal, visit.token
        assert user is not None
        assert token is not None, "the shell lets nobody else in"
        try:
            enrolled = await self._accounts.confirm(user, _code(form), token)
        except Wrong:
            return await self._form(visit, 403, trouble="code")
        except Problem as problem:
            if problem.code == "too_many_requests":
                wait = problem.headers["Retry-After"]
                return arrival.waiting(await self._form(visit, 429, trouble="locked", wait=int(wait)), wait)
            if problem.code == "already_done":
                return RedirectResponse(ACCOUNT, 303)
            raise
        answer = self._show_codes(account.renewed(self._shell, visit, enrolled.token), enrolled.codes, fresh=True)
        arrival.keep_session(visit.request, answer, enrolled.token, int(SESSION_LENGTH.total_seconds()))
        return answer

    async def off(self, visit: Visit, form: dict[str, str]) -> Response:
        user, password = visit.principal, form.get("password", "")
        assert user is not None, "the shell lets nobody else in"
        where = arrival.where(self._shell.services.entrance, visit.request, "")
        try:
            await self._accounts.remove(user, password[:PASSWORD_LENGTH_MAX], _code(form), where)
        except Wrong as wrong:
            return await account.page(self._shell, visit, 403, trouble=f"off_{wrong.what}")
        except Problem as problem:
            return await account.paused(self._shell, visit, problem)
        return RedirectResponse(f"{ACCOUNT}?done=off", 303)

    async def codes(self, visit: Visit, form: dict[str, str]) -> Response:
        assert visit.principal is not None, "the shell lets nobody else in"
        try:
            codes = await self._accounts.renew_codes(visit.principal, _code(form))
        except Wrong:
            return await account.page(self._shell, visit, 403, trouble="codes_code")
        except Problem as problem:
            return await account.paused(self._shell, visit, problem)
        return self._show_codes(visit, codes, fresh=False)

    async def _form(self, visit: Visit, status: int = 200, **values: object) -> Response:
        assert visit.principal is not None, "the shell lets nobody else in"
        try:
            secret = await self._accounts.begin(visit.principal)
        except Problem as problem:
            if problem.code == "already_done":
                return RedirectResponse(ACCOUNT, 303)
            raise
        address = second_factor.address(secret, visit.principal.name, f"{ISSUER} {visit.request.url.hostname or ''}")
        spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        drawn = Markup(second_factor.drawn(address))  # noqa: S704 - drawn by segno, of squares
        filled = {"trouble": None, "wait": 0, **values}
        return self._shell.render(
            visit, "door/second_factor.html", status, secret=spaced, drawn=drawn, otpauth=address,
            here=SECOND_FACTOR, account_address=ACCOUNT, must=visit.principal.must_enrol, **filled,
        )  # fmt: skip

    def _show_codes(self, visit: Visit, codes: list[str], *, fresh: bool) -> Response:
        assert visit.principal is not None, "the shell lets nobody else in"
        home = ways.home(visit.principal.role)
        return self._shell.render(
            visit, "door/recovery_codes.html", codes=codes, fresh=fresh, account_address=ACCOUNT, home=home
        )


def _code(form: dict[str, str]) -> str:
    """What was typed; nothing where it is too long for a code."""
    code = form.get("code", "")
    return code if len(code) <= CODE_LENGTH_MAX and code.isprintable() else ""
