"""All pages of the investor's room."""

from __future__ import annotations

from starlette.routing import Route

from api.console.investor import complaints, data, limits, loans, pledges
from api.console.shell import Shell


def investor_routes(shell: Shell) -> list[Route]:
    """Everything under /my."""
    pages = (pledges, loans, limits, complaints, data)
    return [route for page in pages for route in page.routes(shell)]
