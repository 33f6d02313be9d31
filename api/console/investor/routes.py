"""All pages of an investor."""

from __future__ import annotations

from starlette.routing import Route

from api.console.investor import (
    complaints,
    data,
    limits,
    loans,
    pledges,
)
from api.console.shell import Shell

PAGES = (
    pledges,
    loans,
    limits,
    complaints,
    data,
)


def routes(shell: Shell) -> list[Route]:
    """Everything under /my."""
    return [route for page in PAGES for route in page.routes(shell)]
