"""All pages of a platform's own people."""

from __future__ import annotations

from starlette.routing import Route

from api.console.platform import (
    alerts,
    events,
    held,
    keys,
    overview,
    parked,
    refused,
    sandbox,
)
from api.console.shell import Shell

PAGES = (
    overview,
    held,
    refused,
    parked,
    events,
    keys,
    alerts,
    sandbox,
)


def routes(shell: Shell) -> list[Route]:
    """Everything under /platform."""
    return [route for page in PAGES for route in page.routes(shell)]
