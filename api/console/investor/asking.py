"""Who asks for an investor's page."""

from __future__ import annotations

from api.access import Herself
from api.console.visits import Visit
from api.problems import Problem


def herself(visit: Visit) -> Herself:
    """Who has signed in. Raises Problem for an investor's name that belongs to nobody."""
    if visit.principal is None or visit.principal.person is None:
        raise Problem("forbidden", "this sign-in belongs to no investor.")
    return visit.principal.herself
