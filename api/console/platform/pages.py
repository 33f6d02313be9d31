"""All pages of a platform's own people, put together."""

from __future__ import annotations

from starlette.routing import Route

from api.console.platform import alerts, events, held, keys, overview, parked, refused, sandbox
from api.console.shell import Shell


def platform_pages(shell: Shell) -> list[Route]:
    """Everything under /platform."""
    return [
        route
        for page in (overview, held, refused, parked, events, keys, alerts, sandbox)
        for route in page.routes(shell)
    ]
