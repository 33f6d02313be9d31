"""Who asks for an investor's page, and what every page of hers tells her."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from api.access import Herself
from api.console.shell import Shell
from api.console.visits import Visit
from api.problems import Problem


def herself(visit: Visit) -> Herself:
    """Who has signed in. Raises Problem for an investor's name that belongs to nobody."""
    if visit.principal is None or visit.principal.person is None:
        raise Problem("forbidden", "this sign-in belongs to no investor.")
    return visit.principal.herself


def render(shell: Shell, visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
    """A page of hers; who came by links is told on each whose links they were."""
    her = herself(visit)
    vouching = None
    if her.scopes is not None:
        names = {each.scope: each.platform_name for each in shell.services.mine.platforms(her).value}
        vouching = [names.get(scope, scope) for scope in her.scopes]
    return shell.render(visit, template, status, vouching=vouching, **values)
