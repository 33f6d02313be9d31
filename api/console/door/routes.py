"""All ways in, and my account."""

from __future__ import annotations

from starlette.routing import Route

from api.console.door import (
    account,
    code,
    enter,
    provider,
    second_factor,
    sign_in,
)
from api.console.shell import Shell

PAGES = (
    sign_in,
    code,
    provider,
    account,
    second_factor,
    enter,
)


def routes(shell: Shell) -> list[Route]:
    """/console/sign-in, /account, /my/enter, and what lies below."""
    return [route for page in PAGES for route in page.routes(shell)]
