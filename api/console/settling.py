"""After an act the next page shows it: views are a moment behind the log, so whoever acted waits for them, a little."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Final

from starlette.responses import Response

from api.services import Services

PAUSE_SECONDS: Final = 0.03


async def settled(services: Services, act: Awaitable[Response]) -> Response:
    """The answer to an act, once the views have what it recorded, or after `settle_seconds`.

    After that the page's foot says how far behind they are, as ever.
    """
    before = await asyncio.to_thread(services.head_position)
    answer = await act
    await asyncio.to_thread(_wait, services, before)
    return answer


def _wait(services: Services, before: int) -> None:
    wanted = services.head_position()
    deadline = time.monotonic() + services.settle_seconds
    while wanted > before and time.monotonic() < deadline and _behind(services, wanted):
        time.sleep(PAUSE_SECONDS)


def _behind(services: Services, position: int) -> bool:
    # A view that has stopped will not come; the others do.
    return any(view.position < position for view in services.readiness().views if view.state == "live")
