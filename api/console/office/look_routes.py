"""The routes of everything that is looked up: the box, parties, campaigns, loans, pledges, events."""

from __future__ import annotations

from starlette.routing import Route

from api.console.office import campaign, event, find, loan, party, pledge
from api.console.shell import Shell


def look_routes(shell: Shell) -> list[Route]:
    """All of them."""
    return [each for module in (find, party, campaign, loan, pledge, event) for each in module.routes(shell)]
