"""Double-entry balances in both times: what had happened by then, as far as it was known by then."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from api import cursors, facts
from api.deps import Page, Parts, Supervisor, TwoTimes, plain_text, times_of
from api.openapi import described
from api.services import BalanceQuestion
from projections.balances import Balance

router = APIRouter(prefix="/v1", tags=["money"], dependencies=[Depends(plain_text)])


class BalancesPage(Page, TwoTimes):
    """Which accounts, and as of when."""

    account: str = Field("", max_length=400, description="What the account begins with, such as `escrow/huizhong/`.")


class AccountBalance(msgspec.Struct, kw_only=True):
    """Minor units of the currency, debit positive."""

    account: str
    currency: str
    balance: int


@router.get(
    "/balances",
    responses=described(
        "Balances by account and currency; `totals` adds up all that `account` selects.",
        401,
        403,
        page_of=AccountBalance,
    ),
)
def get_balances(parts: Parts, _principal: Supervisor, query: Annotated[BalancesPage, Query()]) -> Response:
    """Balances of accounts, now or as they were known at any time."""
    times = times_of(parts, query)
    question = ("balances", query.account, query.at, query.known_at)
    after = cursors.decode(question, query.cursor, tuple[str, str], ("", ""))
    read = parts.reads.balances(BalanceQuestion(query.account, times), after, query.limit + 1)
    rows, totals = read.value
    sums = [{"currency": currency, "balance": balance} for currency, balance in totals.items()]
    return facts.page(
        question,
        facts.Read(rows, read.as_of),
        query.limit,
        _show,
        lambda row: (row.account, row.currency),
        totals=sums,
        **times.shown(),
    )


def _show(row: Balance) -> AccountBalance:
    return AccountBalance(account=row.account, currency=row.currency, balance=row.balance)
