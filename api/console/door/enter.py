"""An investor's way in: the link of a platform, or a code and its reference. Loading the page uses nothing up.

Mail scanners and previews load links before their receiver does; only the button of the page uses one.
"""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from api import second_factor
from api.console import forms
from api.console.door import arrival
from api.console.shell import SIGN_IN, Shell
from api.console.visits import VISIT_COOKIE, Visit
from api.problems import Problem

ENTER: Final = "/my/enter"
TOKEN_LENGTH_MAX: Final = 128


def routes(shell: Shell) -> list[Route]:
    """/my/enter."""
    way = _Way(shell)
    return [
        Route(ENTER, shell.open(way.show), methods=["GET"], include_in_schema=False),
        Route(ENTER, shell.open(way.enter), methods=["POST"], include_in_schema=False),
    ]


class _Way:
    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._entrance = shell.services.entrance

    async def show(self, visit: Visit) -> Response:
        token = visit.request.query_params.get("t")
        return await self._by_link(visit, token) if token else self._form(visit)

    async def enter(self, visit: Visit) -> Response:
        form = await forms.read(visit.request)
        token = form.get("t")
        bound = visit.token or visit.request.cookies.get(VISIT_COOKIE)
        try:
            forms.check_token(form, self._shell.services.gate, bound)
        except Problem:
            again = self._by_link(visit, token, 403, trouble="expired") if token else None
            return await again if again else self._form(visit, 403, trouble="expired")
        where = arrival.where(self._entrance, visit.request, bound or "")
        if token:
            digest = self._entrance.ticket_digest("link", token[:TOKEN_LENGTH_MAX])
            passed = await self._entrance.use_ticket("link", digest, None, where, visit.token)
            if passed is None:
                return self._form(visit, 410, trouble="used")
        else:
            reference, code = (second_factor.plain(form.get(name, "")) for name in ("reference", "code"))
            if not reference or not code or len(reference) + len(code) > TOKEN_LENGTH_MAX:
                return self._form(visit, 422, trouble="incomplete", reference=reference)
            digest = self._entrance.ticket_digest("code", reference)
            proof = self._entrance.ticket_digest("proof", f"{reference}|{code}")
            passed = await self._entrance.use_ticket("code", digest, proof, where, visit.token)
            if passed is None:
                return self._form(visit, 401, trouble="wrong", reference=reference)
        return await arrival.welcome(self._shell, visit, passed, "")

    async def _by_link(self, visit: Visit, token: str, status: int = 200, trouble: str | None = None) -> Response:
        digest = self._entrance.ticket_digest("link", token[:TOKEN_LENGTH_MAX])
        source = await self._entrance.ticket_source(digest)
        if source is None:
            return self._form(visit, 410, trouble="used")
        platform = await asyncio.to_thread(self._name_of, source.removeprefix("platform:"))
        return self._page(visit, status, by_link=True, t=token, platform=platform, trouble=trouble)

    def _name_of(self, platform: str) -> str:
        try:
            found = self._shell.services.reads.platform(platform).value
        except Problem:  # while the view is built anew the id must do: an investor is not kept out for a name
            return platform
        return found.name if found is not None else platform

    def _form(self, visit: Visit, status: int = 200, **values: object) -> Response:
        return self._page(visit, status, **{"by_link": False, "trouble": None, "platform": "", "t": "", **values})

    def _page(self, visit: Visit, status: int, **values: object) -> Response:
        everything = self._entrance.links_show_all
        more = visit.principal is not None and visit.principal.scopes is not None
        filled = {"reference": "", "everything": everything, "more": more, **values}
        if visit.token is not None:  # its forms belong to the session that there is
            return self._shell.render(
                visit, "door/enter.html", status, csrf=visit.csrf, enter=ENTER, sign_in=SIGN_IN, **filled
            )
        return arrival.show(self._shell, visit, "enter.html", status, enter=ENTER, sign_in=SIGN_IN, **filled)
