"""What an investor's pages ask of an address: only what they know, once each."""

from __future__ import annotations

from starlette.requests import Request

from api.console.visits import Visit
from api.problems import Problem

_LENGTH_MAX = 1_000


def asked(request: Request, *known: str) -> dict[str, str]:
    """The parameters of an address. Raises Problem for what is not known, given twice, or no text."""
    pairs = request.query_params.multi_items()
    given = dict(pairs)
    if len(given) != len(pairs) or given.keys() - set(known):
        names = f"known, and once each: {', '.join(known)}." if known else "this address takes no parameters."
        raise Problem("invalid_parameter", names)
    if any(len(value) > _LENGTH_MAX or "\0" in value or "\ufffd" in value for value in given.values()):
        raise Problem("invalid_parameter", "a parameter is too long, or no text.")
    return given


def person(visit: Visit) -> str:
    """The pseudonym of who has signed in. Raises Problem for an investor's name that belongs to nobody."""
    if visit.principal is None or visit.principal.person is None:
        raise Problem("forbidden", "this sign-in belongs to no investor.")
    return visit.principal.person
