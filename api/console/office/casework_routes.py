"""All pages of casework, put together. The order matters: `new` is no case."""

from __future__ import annotations

from starlette.routing import Route

from api.console.office import alert_acts, case, case_acts, case_new, cases, mutes, notify, sanctions
from api.console.shell import Shell


def casework_routes(shell: Shell) -> list[Route]:
    """Cases, mutes, sanctions, notifications."""
    pages = (cases, case_new, case, case_acts, alert_acts, mutes, sanctions, notify)
    return [route for page in pages for route in page.routes(shell)]
