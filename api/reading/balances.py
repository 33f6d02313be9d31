"""Double-entry balances in both times: what had happened by then, as far as it was known by then."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from api import cursors, facts
from api.deps import Page, Parts, Supervisor, plain_text
from api.openapi import described
from api.problems import Problem
from api.services import BalanceQuestion
from projections.balances import Balance

router = APIRouter(prefix="/v1", tags=["money"], dependencies=[Depends(plain_text)])
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})")
_moment: Final = msgspec.json.Decoder(Annotated[datetime, msgspec.Meta(tz=True)]).decode


class BalancesPage(Page):
    """Which accounts, and as of when."""

    account: str = Field("", max_length=400, description="What the account begins with, such as `escrow/huizhong/`.")
    at: str | None = Field(None, description="Valid time: what had happened by then (RFC 3339 with offset).")
    known_at: str | None = Field(None, description="Known time: what had been recorded by then.")


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
    asked = BalanceQuestion(query.account, _time("at", query.at), _time("known_at", query.known_at))
    question = ("balances", *asked)
    after = cursors.decode(question, query.cursor, tuple[str, str], ("", ""))
    read = parts.reads.balances(asked, after, query.limit + 1)
    rows, totals = read.value
    sums = [{"currency": currency, "balance": balance} for currency, balance in totals.items()]
    return facts.page(
        question, facts.Read(rows, read.as_of), query.limit, _show, lambda row: (row.account, row.currency), totals=sums
    )


def _show(row: Balance) -> AccountBalance:
    return AccountBalance(account=row.account, currency=row.currency, balance=row.balance)


def _time(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    # A plus sign in an address is a blank; who forgot to write %2B means it all the same.
    candidate = re.sub(r" (\d{2}:\d{2})$", r"+\1", text)
    with suppress(msgspec.ValidationError, OverflowError):  # what has the form of a time but is none
        if _TIME.fullmatch(candidate):
            moment: datetime = _moment(f'"{candidate}"')
            return moment.astimezone(UTC)
    raise Problem(
        "invalid_parameter", f"{name} is an RFC 3339 time with its offset, such as 2026-03-03T00:00:00+08:00."
    )
