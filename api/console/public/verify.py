"""The page that checks a receipt in the reader's browser. For everybody; nothing that is checked is sent here."""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.routing import Route

from api.console.checking import SAYS
from api.console.shell import Shell
from api.console.visits import Visit
from api.console.words import EVENTS


def routes(shell: Shell) -> list[Route]:
    """/verify."""

    async def show(visit: Visit) -> Response:
        keys = await asyncio.to_thread(lambda: shell.services.reads.log_keys().value)
        return shell.render(
            visit,
            "public/verify.html",
            here="/verify",
            keys=[each.verifier_key for each in keys],
            says=SAYS,
            events=EVENTS,
        )

    return [Route("/verify", shell.open(show), methods=["GET"], include_in_schema=False)]
