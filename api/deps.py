"""What endpoints ask FastAPI for: the services, who is asking, a strict query, one page's bounds."""

from __future__ import annotations

from typing import Annotated, Any, cast

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict

from api import times
from api.access import Principal, Role, session_cookie
from api.problems import Problem
from api.services import Services

LIMIT_MAX = 1000


def services(request: Request) -> Services:
    """The parts that the app was made with."""
    return cast("Services", request.app.state.services)


def plain_text(request: Request) -> None:
    """Refuse what no address of ours can contain, so that it never reaches the database, nor passes unnoticed."""
    pairs = request.query_params.multi_items()
    if len(pairs) != len(request.query_params):
        raise Problem("invalid_parameter", "a query parameter is given twice.")
    values = [*request.path_params.values(), *(text for pair in pairs for text in pair)]
    if any("\0" in value or "\ufffd" in value for value in values):
        raise Problem("invalid_parameter", "an address can't contain NUL, or what is not UTF-8.")


Parts = Annotated[Services, Depends(services)]


async def caller(request: Request, parts: Parts) -> Principal:
    """Whoever has the key of the Authorization header; raises Problem (401)."""
    header = request.headers.get("authorization")
    return await parts.gate.bearer(header.encode("latin-1") if header is not None else None)


async def maybe_caller(request: Request, parts: Parts) -> Principal | None:
    """The same where there is such a header, None where there is none."""
    return await caller(request, parts) if "authorization" in request.headers else None


async def investor(request: Request, parts: Parts) -> Principal:
    """The investor who has signed in; raises Problem (401, 403)."""
    principal = await parts.gate.session(request.cookies.get(session_cookie(request.url.scheme)))
    if principal is None:
        raise Problem("unauthenticated", "sign in first: this is for investors, by the cookie of their session.")
    if principal.role != "investor" or principal.person is None:
        raise Problem("forbidden", f"this is for investors; you have signed in as {principal.role}.")
    if principal.must_enrol:
        raise Problem("forbidden", "set up the second factor first, at /account/second-factor.")
    return principal


Investor = Annotated[Principal, Depends(investor)]
Caller = Annotated[Principal, Depends(caller)]
MaybeCaller = Annotated[Principal | None, Depends(maybe_caller)]


def only(*roles: Role) -> Any:
    """A dependency: the caller, who must have one of these roles; raises Problem (403)."""

    async def check(principal: Caller) -> Principal:
        if principal.role not in roles:
            raise Problem("forbidden", f"this is for {' and '.join(roles)}; the key is that of a {principal.role}.")
        return principal

    return Depends(check)


Supervisor = Annotated[Principal, only("regulator", "auditor")]
Regulator = Annotated[Principal, only("regulator")]


def whose(principal: Principal, source: str | None) -> str | None:
    """The source whose rows are asked for; None is all of them."""
    if principal.reads_all:
        return source
    if principal.source is None or source not in {None, principal.source}:
        raise Problem("forbidden", "you can ask for your own source only; leave `source` out.")
    return principal.source


class Strict(BaseModel):
    """A query: a parameter that isn't known is an error, never overlooked."""

    model_config = ConfigDict(extra="forbid")


class NoQuery(Strict):
    """No parameter at all."""


def must_see(principal: Principal, source: str, what: str) -> None:
    """Raise Problem (403, 404) for who may not read `what` of `source`."""
    if principal.role == "investor":
        raise Problem("forbidden", "this is for platforms and their supervisors; /v1/me/ has what is your own.")
    if not principal.may_read(source):
        # Another's and none at all look the same: the answer tells nothing about others.
        raise Problem("not_found", f"there is no {what}.")


class TwoTimes(Strict, times.Bounds):
    """As of when: by when it had happened, by when it was known."""


class Page(Strict):
    """Bounds of one page."""

    cursor: str | None = Query(None, max_length=1000, description="`next` of the page before.")
    limit: int = Query(100, ge=1, le=LIMIT_MAX, description="Items on a page.")


def times_of(parts: Services, query: times.Bounds) -> times.Times:
    """The two times that a query asks for; raises Problem where they can't be meant."""
    return times.read(query, lambda: parts.reads.span().value, parts.now(), parts.time_zone)


Nothing = Annotated[NoQuery, Query()]
AsOfQuery = Annotated[TwoTimes, Query()]
Paged = Annotated[Page, Query()]
