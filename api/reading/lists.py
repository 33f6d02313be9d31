"""Lists of campaigns, loans, pledges and bids, and the look-up of an id: a platform its own, a supervisor all."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from api import cursors, facts
from api.access import Principal
from api.deps import Caller, Page, Parts, Strict, Supervisor, plain_text
from api.listed import BidLine, CampaignLine, Hit, LoanLine, Lot, Place, PledgeLine
from api.openapi import described
from api.problems import Problem

router = APIRouter(prefix="/v1", tags=["money"], dependencies=[Depends(plain_text)])
_KEY_LENGTH_MAX = 400


class OfPlatform(Page):
    """Of which platform, with which status."""

    platform: str | None = Field(None, max_length=200, description="Its id; a platform sees its own alone.")
    limit: int = Query(50, ge=1, le=200, description="Items on a page.")


class Campaigns(OfPlatform):
    """Which campaigns."""

    status: Literal["open", "succeeded", "failed", "cancelled"] | None = None


class Loans(OfPlatform):
    """Which loans."""

    status: Literal["listed", "lapsed", "disbursed", "defaulted", "written_off", "settled"] | None = None


class Contracts(Page):
    """Whose, or in what: one of them."""

    party: str | None = Field(None, max_length=_KEY_LENGTH_MAX, description="A key: `party:huizhong/U-1`.")
    limit: int = Query(50, ge=1, le=200, description="Items on a page.")


class Pledges(Contracts):
    """Which pledges."""

    campaign: str | None = Field(None, max_length=_KEY_LENGTH_MAX, description="A key: `campaign:huizhong/C-9`.")
    order: Literal["newest", "largest"] = "newest"


class Bids(Contracts):
    """Which bids."""

    loan: str | None = Field(None, max_length=_KEY_LENGTH_MAX, description="A key: `loan:huizhong/L-7`.")


class Sought(Strict):
    """What is looked for."""

    text: str = Field(min_length=1, max_length=200, description="An id, the beginning of one, a key, or a position.")


class FoundAnswer(msgspec.Struct, kw_only=True):
    """At most ten of each kind; `exact` ones have this id, the others begin with it."""

    items: list[Hit]
    next: None = None


@router.get("/campaigns", responses=described("Campaigns, the newest first.", 401, 403, page_of=CampaignLine))
def get_campaigns(parts: Parts, principal: Caller, query: Annotated[Campaigns, Query()]) -> Response:
    """Campaigns of a platform, or of all of them."""
    lot = Lot(_platform(principal, query.platform), query.status)
    return _page(("campaigns", *lot), query, partial(parts.look.campaigns, lot))


@router.get("/loans", responses=described("Loans, the newest first.", 401, 403, page_of=LoanLine))
def get_loans(parts: Parts, principal: Caller, query: Annotated[Loans, Query()]) -> Response:
    """Loans of a platform, or of all of them, with how late each is today."""
    lot = Lot(_platform(principal, query.platform), query.status)
    return _page(("loans", *lot), query, lambda before, limit: parts.look.loans(lot, before, limit, 0))


@router.get("/pledges", responses=described("Pledges, the newest or the largest first.", 401, 403, page_of=PledgeLine))
def get_pledges(parts: Parts, principal: Caller, query: Annotated[Pledges, Query()]) -> Response:
    """Pledges to a campaign, or of a party on its platform."""
    lot = _contracts(principal, query.campaign, query.party, "campaign")._replace(largest=query.order == "largest")
    return _page(("pledges", *lot), query, partial(parts.look.pledges, lot), largest=lot.largest)


@router.get("/bids", responses=described("Bids, the newest first.", 401, 403, page_of=BidLine))
def get_bids(parts: Parts, principal: Caller, query: Annotated[Bids, Query()]) -> Response:
    """Bids for a loan, or of a party on its platform."""
    lot = _contracts(principal, query.loan, query.party, "loan")
    return _page(("bids", *lot), query, partial(parts.look.bids, lot))


@router.get("/find", responses=described("What has this id, over all platforms.", 401, 403, one=FoundAnswer))
def get_found(parts: Parts, _principal: Supervisor, query: Annotated[Sought, Query()]) -> Response:
    """Parties, campaigns, loans, pledges, alerts, cases, platforms and events by their ids."""
    read = parts.look.find(query.text)
    return facts.answer(FoundAnswer(items=read.value), read.as_of)


def _platform(principal: Principal, asked: str | None) -> str | None:
    if principal.reads_all:
        return asked
    own = (principal.source or "").removeprefix("platform:")
    if principal.role != "platform" or asked not in {None, own}:
        raise Problem("forbidden", "a platform can list its own alone; leave `platform` out.")
    return own


def _contracts(principal: Principal, about: str | None, party: str | None, kind: str) -> Lot:
    given = [each for each in (about, party) if each]
    if len(given) != 1:
        raise Problem("invalid_parameter", f"name one of {kind} and party, by its key.")
    is_kind, _, path = given[0].partition(":")
    scope, _, name = path.partition("/")
    if is_kind != (kind if about else "party") or not scope or not name:
        raise Problem("invalid_parameter", f"a key is {kind}:<platform>/<id> or party:<platform>/<id>.")
    if not principal.may_read(f"platform:{scope}"):
        raise Problem("forbidden", "a platform can list its own alone.")
    return Lot(about=about, parties=[party] if party else None)


def _page(question: tuple[Any, ...], query: Page, read: Any, *, largest: bool = False) -> Response:
    before = cursors.decode(question, query.cursor, Place | None, None)
    found = read(before, query.limit + 1)
    return facts.page(
        question, found, query.limit, lambda row: row, lambda row: Place(row.amount if largest else 0, row.position)
    )
