"""The desk: where the office begins, the queue, and what was done."""

from __future__ import annotations

from starlette.routing import Route

from api.console.office import alerts, bulk, deeds, live, overview, views
from api.console.shell import Shell


def desk_routes(shell: Shell) -> list[Route]:
    """All of them; `bulk` before the pages of single alerts, whose address it would be."""
    return [each for module in (overview, alerts, bulk, views, deeds, live) for each in module.routes(shell)]
