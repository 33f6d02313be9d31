"""The desk: where the office begins, the queue, and what was done."""

from __future__ import annotations

from starlette.routing import Route

from api.console.office import alerts, overview
from api.console.shell import Shell


def desk_routes(shell: Shell) -> list[Route]:
    """/console/overview and /console/alerts."""
    return [*overview.routes(shell), *alerts.routes(shell)]
