"""All ways in, and my account."""

from __future__ import annotations

from starlette.routing import Route

from api.console.door import account, code, enter, provider, second_factor, sign_in
from api.console.shell import Shell


def door_routes(shell: Shell) -> list[Route]:
    """/console/sign-in, /account, /my/enter, and what lies below."""
    parts = (sign_in, code, provider, account, second_factor, enter)
    return [route for part in parts for route in part.routes(shell)]
