"""Campaigns, loans and pledges as they stand: status and money, from the states that decisions read. No lag."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import NamedTuple, TypeVar

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import facts
from api.access import Principal
from api.deps import AsOfQuery, Caller, Parts, TwoTimes, plain_text, times_of
from api.openapi import described
from api.problems import Problem
from api.services import LoanDue, Services
from api.times import Times
from ledger.events.naming import key
from ledger.recorded import scope_of
from ledger.states.base import State
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.loans import Loan

router = APIRouter(prefix="/v1", tags=["money"], dependencies=[Depends(plain_text)])
S = TypeVar("S", bound=State)


class CampaignMoney(msgspec.Struct, kw_only=True):
    """Status and money of a campaign, in minor units of `currency`."""

    source: str
    campaign: str
    status: str
    kind: str
    issuer: str
    currency: str
    goal: int
    cap: int | None
    minimum: int
    funding: str
    jurisdiction: str
    opened_at: datetime
    deadline: datetime
    closed_at: datetime | None
    pledges: int
    pledged: int
    collected: int
    refunded: int
    released: int
    fees: int
    in_escrow: int
    delivered: str
    at: datetime | None = None
    known_at: datetime | None = None


class PledgeMoney(msgspec.Struct, kw_only=True):
    """Status and money of a pledge, in minor units of `currency`."""

    source: str
    pledge: str
    status: str
    campaign: str
    investor: str
    currency: str
    made_at: datetime
    amount: int
    pledged: int
    collected: int
    refunded: int
    at: datetime | None = None
    known_at: datetime | None = None


class LoanMoney(msgspec.Struct, kw_only=True):
    """Status and money of a loan, in minor units of `currency`."""

    source: str
    loan: str
    status: str
    borrower: str
    currency: str
    amount: int
    annual_rate: str
    term_months: int
    repayment: str
    jurisdiction: str
    listed_at: datetime
    raise_until: datetime
    closed_at: datetime | None
    bids: int
    funded: int
    outstanding_principal: int
    written_off: int
    next_due: date | None
    days_past_due: int
    at: datetime | None = None
    known_at: datetime | None = None


@router.get(
    "/campaigns/{source}/{name}",
    responses=described("Status and money of the campaign, in minor units.", 401, 404, one=CampaignMoney),
)
def get_campaign(source: str, name: str, parts: Parts, principal: Caller, query: AsOfQuery) -> Response:
    """One campaign: what was pledged, collected, refunded, released, and what lies in escrow."""
    return _entity(parts, principal, _Asked("campaign", source, name, query), Campaign, _campaign)


@router.get(
    "/pledges/{source}/{name}",
    responses=described("Status and money of the pledge, in minor units.", 401, 404, one=PledgeMoney),
)
def get_pledge(source: str, name: str, parts: Parts, principal: Caller, query: AsOfQuery) -> Response:
    """One pledge and what became of it."""
    return _entity(parts, principal, _Asked("pledge", source, name, query), Pledge, _pledge)


@router.get(
    "/loans/{source}/{name}",
    responses=described("Status and money of the loan, in minor units.", 401, 404, one=LoanMoney),
)
def get_loan(source: str, name: str, parts: Parts, principal: Caller, query: AsOfQuery) -> Response:
    """One loan: funded, outstanding, what is due next and how late it is."""
    due: LoanDue | None = None
    if principal.may_read(source):
        due = parts.reads.loan_due(key("loan", scope_of(source), name), parts.now()).value
    return _entity(parts, principal, _Asked("loan", source, name, query), Loan, partial(_loan, due=due))


class _Asked(NamedTuple):
    kind: str
    source: str
    name: str
    query: TwoTimes

    def __str__(self) -> str:
        return f"{self.kind} {self.name!r} of {self.source!r}"

    @property
    def key(self) -> str:
        return key(self.kind, scope_of(self.source), self.name)


def _entity(
    parts: Services, principal: Principal, asked: _Asked, struct: type[S], show: Callable[[str, str, S], msgspec.Struct]
) -> Response:
    if principal.role == "investor":
        raise Problem("forbidden", "this is for platforms and their supervisors; /v1/me/ has what is your own.")
    if not principal.may_read(asked.source):
        # Another's and none at all look the same: the answer tells nothing about others.
        raise Problem("not_found", f"there is no {asked}.")
    times = times_of(parts, asked.query)
    read = _then(parts, asked, times) if times.asked else _now(parts, asked)
    if not isinstance(read.value, struct):
        raise Problem("not_found", f"there is no {asked}.")
    shown = msgspec.structs.asdict(show(asked.source, asked.name, read.value))
    return facts.answer({**shown, **times.shown()}, read.as_of)


def _now(parts: Services, asked: _Asked) -> facts.Read[State | None]:
    read = parts.reads.states([asked.key])
    return facts.Read(read.value.get(asked.key), read.as_of)


def _then(parts: Services, asked: _Asked, times: Times) -> facts.Read[State | None]:
    read = parts.reads.state_then(asked.key, times)
    state, began, known = read.value
    if state is None and began is not None and known is not None:
        raise Problem(
            "not_found",
            f"there was no {asked} then: it began at {began.isoformat()}, which was recorded at {known.isoformat()}.",
        )
    return facts.Read(state, read.as_of)


def _campaign(source: str, name: str, state: Campaign) -> CampaignMoney:
    return CampaignMoney(
        source=source,
        campaign=name,
        status=state.status,
        kind=state.kind,
        issuer=_name(state.issuer),
        currency=state.currency,
        goal=state.goal,
        cap=state.cap,
        minimum=state.minimum,
        funding=state.funding,
        jurisdiction=state.jurisdiction,
        opened_at=_moment(state.opened_at),
        deadline=_moment(state.deadline),
        closed_at=_maybe(state.closed_at),
        pledges=state.pledges,
        pledged=state.pledged,
        collected=state.collected,
        refunded=state.refunded,
        released=state.released,
        fees=state.fees,
        in_escrow=state.escrow,
        delivered=state.delivered,
    )


def _pledge(source: str, name: str, state: Pledge) -> PledgeMoney:
    collected = state.amount if state.status in {"collected", "refunded"} else 0
    return PledgeMoney(
        source=source,
        pledge=name,
        status=state.status,
        campaign=_name(state.campaign),
        investor=_name(state.investor),
        currency=state.currency,
        made_at=_moment(state.made_at),
        amount=state.amount,
        pledged=0 if state.status == "cancelled" else state.amount,
        collected=collected,
        refunded=state.refunded,
    )


def _loan(source: str, name: str, state: Loan, *, due: LoanDue | None) -> LoanMoney:
    return LoanMoney(
        source=source,
        loan=name,
        status=state.status,
        borrower=_name(state.borrower),
        currency=state.currency,
        amount=state.amount,
        annual_rate=state.annual_rate,
        term_months=state.term_months,
        repayment=state.repayment,
        jurisdiction=state.jurisdiction,
        listed_at=_moment(state.listed_at),
        raise_until=_moment(state.raise_until),
        closed_at=_maybe(state.closed_at),
        bids=state.bid_count,
        funded=state.funded,
        outstanding_principal=state.outstanding,
        written_off=state.lost,
        next_due=due.next_due if due else None,
        days_past_due=due.days_past_due if due else 0,
    )


def _name(full_key: str) -> str:
    return full_key.rpartition("/")[2]


def _moment(micros: int) -> datetime:
    # Not through a float: its 53 bits round the last digits of a present day's microseconds.
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)


def _maybe(micros: int | None) -> datetime | None:
    return None if micros is None else _moment(micros)
