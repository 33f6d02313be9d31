"""Signing in by the office's identity provider: there by a link, back by its redirect. No form leads out of here."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api import provider as identities
from api.console import visits
from api.console.door import arrival
from api.console.shell import SIGN_IN, Shell
from api.console.visits import VISIT_COOKIE, Visit
from api.door_store import Vouched
from api.entrance import Passed
from api.problems import Problem
from api.provider import Journey, Provider, Untrusted

THERE: Final = f"{SIGN_IN}/provider"
BACK: Final = f"{THERE}/back"
PARAMETER_LENGTH_MAX: Final = 4096


def routes(shell: Shell) -> list[Route]:
    """/console/sign-in/provider, and the way back from there."""
    way = _Way(shell)
    return [
        Route(THERE, shell.open(way.leave), methods=["GET"], include_in_schema=False),
        Route(BACK, shell.open(way.come_back), methods=["GET"], include_in_schema=False),
    ]


class _Way:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._entrance = shell.services.entrance

    async def leave(self, visit: Visit) -> Response:
        provider, own = self._provider(), arrival.bound(visit)
        wanted = (visit.request.query_params.get("next") or "")[:PARAMETER_LENGTH_MAX]
        state = await self._entrance.sent_away(own, wanted)
        address = await asyncio.to_thread(provider.address, self._journey(visit, state))
        answer = RedirectResponse(address, 303)
        visits.set_cookie(visit.request, answer, VISIT_COOKIE, own, None)
        return answer

    async def come_back(self, visit: Visit) -> Response:
        provider, given = self._provider(), visit.request.query_params
        state = given.get("state", "")[:PARAMETER_LENGTH_MAX]
        wanted = await self._entrance.came_back(state, visit.request.cookies.get(VISIT_COOKIE, ""))
        if wanted is None:
            return self._refuse(visit, "stale")
        code = given.get("code", "")[:PARAMETER_LENGTH_MAX]
        if "error" in given or not code:
            return self._refuse(visit, "declined", given.get("error", "")[:200])
        if given.get("iss", provider.issuer) != provider.issuer:  # RFC 9207: another provider's answer mixed in
            return self._refuse(visit, "untrusted", "the answer names another issuer.")
        try:
            claims = await asyncio.to_thread(provider.claims, self._journey(visit, state), code)
            passed = await self._admit(visit, provider, claims)
        except Untrusted as error:
            passed, detail = "untrusted", str(error)
        else:
            detail = ""
        if isinstance(passed, str):
            return self._refuse(visit, passed, detail)
        return await arrival.welcome(self._shell, visit, passed, wanted)

    async def _admit(self, visit: Visit, provider: Provider, claims: dict[str, object]) -> Passed | str:
        """In, or why not."""
        where = arrival.where(self._entrance, visit.request, "")
        subject, name = identities.subject_of(claims), identities.name_of(claims)
        role = identities.role_of(claims, provider.role_claim, provider.roles)
        if role is None:
            ended = await self._entrance.not_vouched(provider.issuer, subject, where)
            self._shell.services.gate.forget(ended)
            return "no_role"
        return await self._entrance.vouched(Vouched(provider.issuer, subject, name, role), where) or "disabled"

    def _journey(self, visit: Visit, state: str) -> Journey:
        base = self._shell.services.public_url or str(visit.request.base_url)
        return Journey(
            base.rstrip("/") + BACK,
            state,
            self._entrance.derived("nonce", state),
            self._entrance.derived("verifier", state),
        )

    def _provider(self) -> Provider:
        provider = self._shell.services.provider
        if provider is None:
            raise Problem("not_found", "no identity provider is set up.")
        return provider

    def _refuse(self, visit: Visit, reason: str, detail: str = "") -> Response:
        return arrival.show(
            self._shell, visit, "provider.html", 403, reason=reason, detail=detail, there=THERE, sign_in=SIGN_IN
        )
