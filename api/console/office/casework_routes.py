"""All pages of casework, put together. The order matters: `new` is no case."""

from __future__ import annotations

from starlette.routing import Route

from api.console.office import case, case_acts, case_new, cases
from api.console.shell import Shell


def casework_routes(shell: Shell) -> list[Route]:
    """Cases, mutes, sanctions, notifications."""
    return [*cases.routes(shell), *case_new.routes(shell), *case.routes(shell), *case_acts.routes(shell)]
