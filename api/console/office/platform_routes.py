"""The routes of the office's pages about platforms, put together."""

from __future__ import annotations

from starlette.routing import Route

from api.console.office import custody, platform, platforms
from api.console.shell import Shell


def platform_routes(shell: Shell) -> list[Route]:
    """/console/platforms and everything below it."""
    return [*platforms.routes(shell), *platform.routes(shell), *custody.routes(shell)]
