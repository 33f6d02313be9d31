"""Receipts: an event with the proof that it is in the log, to be kept and checked without this server."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query
from msgspec import UNSET, UnsetType
from pydantic import Field
from starlette.responses import Response

from api import cursors, facts
from api.deps import Caller, Investor, Nothing, Parts, Strict, plain_text
from api.openapi import described
from api.problems import Problem
from ledger import standalone

router = APIRouter(tags=["evidence"], dependencies=[Depends(plain_text)])
_LIMIT_MAX = 200


class Receipt(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A file to keep as it is. `proof` is a C2SP tlog-proof@v1 of `entry`, the exact text of the log's entry."""

    format: str
    entry: str
    proof: str
    keys: list[str]
    postings: str | UnsetType = UNSET


class About(Strict):
    """Which entity."""

    entity: str = Field(max_length=400, description="Its key, such as `pledge:huizhong/P-1` or `loan:huizhong/L-7`.")
    cursor: str | None = Field(None, max_length=1000, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=_LIMIT_MAX, description="Receipts on a page.")


@router.get(
    "/v1/receipts",
    responses=described("The receipts of the entity's events, in order.", 401, 403, 404, 409, page_of=Receipt),
)
def get_receipts(parts: Parts, principal: Caller, query: Annotated[About, Query()]) -> Response:
    """One receipt for each event about a pledge, loan, campaign, party or alert: made, collected, refunded, and so on.

    A platform gets those of its own events; a regulator and an auditor those of all.
    """
    kind, colon, rest = query.entity.partition(":")
    scope, slash, name = rest.partition("/")
    if not (kind and colon and scope and slash and name):
        raise Problem("invalid_parameter", "entity is <kind>:<platform>/<id>, such as pledge:huizhong/P-1.")
    if not principal.may_read(f"platform:{scope}"):
        raise Problem("not_found", f"there is no {kind} {name!r} of {scope!r}.")
    question = ("receipts", query.entity)
    after = cursors.decode(question, query.cursor, int, 0)
    source = None if principal.reads_all else principal.source
    read = parts.reads.receipts(query.entity, source, after, query.limit + 1)
    if not read.value and not after:
        raise Problem("not_found", f"there is no {kind} {name!r} of {scope!r}.")
    return facts.page(question, read, query.limit, lambda each: Receipt(**each[1]), lambda each: each[0])


@router.get(
    "/v1/me/receipts/{pledge}",
    responses=described("The receipts of the pledge's events, in order.", 401, 403, 404, 409, page_of=Receipt),
)
def get_own_receipts(pledge: str, parts: Parts, principal: Investor, _query: Nothing) -> Response:
    """An investor's receipts of a pledge of her own: made, collected, refunded, and so on. By her session's cookie."""
    read = parts.reads.own_receipts(principal.herself, pledge)
    if not read.value:
        raise Problem("not_found", f"you have no pledge {pledge!r}.")
    return facts.answer({"items": read.value, "next": None}, read.as_of)


@router.get(
    "/v1/receipts/{source}/{name:path}",
    responses=described("The receipt, exactly as it is to be kept.", 401, 404, 409, one=Receipt),
)
def get_receipt(source: str, name: str, parts: Parts, principal: Caller, _query: Nothing) -> Response:
    """The receipt of one event."""
    if principal.may_read(source):
        read = parts.reads.receipt(source, name)
        if read.value is not None:
            # Nothing is added to it: a receipt has no part that isn't checked.
            headers = {
                "Ledger-Position": str(read.as_of.position),
                "View-Lag-Seconds": f"{read.as_of.lag_seconds:.3f}",
                "Cache-Control": "no-store",
                "Content-Disposition": 'attachment; filename="receipt.json"',
            }
            return Response(msgspec.json.encode(read.value), headers=headers, media_type="application/json")
    raise Problem("not_found", f"no event {name!r} of {source!r} is recorded; a parked one has no receipt yet.")


@router.get("/verify.py", responses=described("A Python program in one file.", media_type="text/x-python"))
def get_program(_query: Nothing) -> Response:
    """The program that checks receipts, for auditors: standard library, and `cryptography` for signatures."""
    headers = {
        "Cache-Control": "public, max-age=3600",
        "Content-Disposition": 'attachment; filename="verify.py"',
        "Content-Type": "text/x-python; charset=utf-8",
    }
    return Response(standalone.source(), headers=headers)
