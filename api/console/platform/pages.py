"""All pages of a platform's own people, put together."""

from __future__ import annotations

from starlette.routing import Route

from api.console.platform import held, parked, refused
from api.console.shell import Shell


def platform_pages(shell: Shell) -> list[Route]:
    """Everything under /platform."""
    return [route for page in (held, refused, parked) for route in page.routes(shell)]
