"""All pages for everybody."""

from __future__ import annotations

from starlette.routing import Route

from api.console.public import (
    badge,
    register,
    statistics,
    verify,
)
from api.console.shell import Shell

PAGES = (
    verify,
    badge,
    register,
    statistics,
)


def routes(shell: Shell) -> list[Route]:
    """The register, its badges, the statistics, the check of a receipt."""
    return [route for page in PAGES for route in page.routes(shell)]
