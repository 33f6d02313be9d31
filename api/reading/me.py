"""What an investor has over all platforms, as data: `/v1/me/...`, by the cookie of her session. Her own alone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api import cursors, facts
from api.deps import Investor, Nothing, Page, Parts, plain_text
from api.openapi import described
from api.own_shown import OwnLimits, OwnLoan, OwnPledge, show_declaration, show_limit, show_loan, show_pledge
from projections.mine import LAST, NEWEST

router = APIRouter(prefix="/v1/me", tags=["me"], dependencies=[Depends(plain_text)])


MyPage = Annotated[Page, Query()]


@router.get("/pledges", responses=described("Her pledges, newest first.", 401, 403, page_of=OwnPledge))
def get_pledges(parts: Parts, principal: Investor, query: MyPage) -> Response:
    """An investor's pledges over all platforms, with what became of her money."""
    question = ("my pledges", principal.person)
    before = cursors.decode(question, query.cursor, int, NEWEST)
    read = parts.mine.pledges(principal.herself, before, query.limit + 1)
    return facts.page(question, read, query.limit, show_pledge, lambda each: each.pledge.position)


@router.get("/loans", responses=described("Her bids and parts of loans, newest first.", 401, 403, page_of=OwnLoan))
def get_loans(parts: Parts, principal: Investor, query: MyPage) -> Response:
    """An investor's bids and claims over all platforms: lent, owed to her, received, due next."""
    question = ("my loans", principal.person)
    before = cursors.decode(question, query.cursor, tuple[int, str], (NEWEST, LAST))
    read = parts.mine.loans(principal.herself, before, query.limit + 1)
    return facts.page(question, read, query.limit, show_loan, lambda each: (each.loan.position, each.loan.party))


@router.get(
    "/eligibility", responses=described("The limits of today's law that are about her.", 401, 403, one=OwnLimits)
)
def get_eligibility(parts: Parts, principal: Investor, _query: Nothing) -> Response:
    """How much of each limit an investor has used over all platforms, as `POST /v1/eligibility` counts it."""
    read = parts.mine.limits(principal.herself)
    declared = [show_declaration(each.scope, each.declaration) for each in read.value.declared]
    shown = OwnLimits(items=[show_limit(each) for each in read.value.limits], next=None, declarations=declared)
    return facts.answer(shown, read.as_of)
