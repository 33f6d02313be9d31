"""Pages that everybody may see, and anybody may keep for a minute: they hold nothing of who asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.console.shell import Page, Shell
from api.console.visits import Visit

MINUTE: Final = "public, max-age=60"
# A page differs by language and theme, which cookies choose: whoever keeps it must keep one for each.
VARY: Final = "Accept-Language, Cookie"


def public(shell: Shell, page: Page) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint for anybody; `page` may block."""

    async def answer(visit: Visit) -> Response:
        return await asyncio.to_thread(page, visit)

    return shell.open(answer)


def render(shell: Shell, visit: Visit, template: str, here: str, **values: Any) -> Response:
    """A page that may be kept for a minute; `here` is its way in the navigation."""
    response = shell.render(visit, f"public/{template}", here=here, **values)
    response.headers["Cache-Control"] = MINUTE
    response.headers["Vary"] = VARY
    return response
