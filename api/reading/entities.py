"""Campaigns and pledges as they stand: status and money, from the states that decisions read. No lag."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple, TypeVar

import msgspec
from fastapi import APIRouter, Depends
from msgspec.structs import asdict
from starlette.responses import Response

from api import facts
from api.access import Principal
from api.deps import AsOfQuery, Caller, Parts, TwoTimes, must_see, plain_text, times_of
from api.openapi import described
from api.problems import Problem
from api.reading.promises import MaterialChange, Windows, changes_of, windows_of
from api.services import PledgeRead, Services, Then
from api.times import Times
from ledger.events.naming import key
from ledger.recorded import scope_of
from ledger.states.base import State
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.promises import refund_due, status_of

router = APIRouter(prefix="/v1", tags=["money"], dependencies=[Depends(plain_text)])
S = TypeVar("S", bound=State)
_ENDED: Final = frozenset({"cancelled", "void", "lapsed"})


class CampaignMoney(msgspec.Struct, kw_only=True):
    """Status and money of a campaign, in minor units of `currency`.

    `pledged` is open or was collected; `voided` ended with the campaign, `lapsed` was not reconfirmed in time;
    `refund_due` was collected, is owed back and has not gone back. `below_goal`: all or nothing, and closed as a
    success without its goal; the report was recorded, and is wrong.
    """

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
    returned: int
    fees: int
    in_escrow: int
    voided: int
    lapsed: int
    refund_due: int
    below_goal: bool
    material_changes: list[MaterialChange]
    delivered: str
    at: datetime | None = None
    known_at: datetime | None = None


class PledgeMoney(Windows, kw_only=True):
    """Status and money of a pledge, in minor units of `currency`. `void`, `lapsed`: ended together with others."""

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
    refund_due: int
    collected_at: datetime | None
    cancelled_at: datetime | None
    reconfirmed_at: datetime | None
    collection_failures: int
    last_failure_at: datetime | None
    retry_at: datetime | None
    at: datetime | None = None
    known_at: datetime | None = None


@router.get(
    "/campaigns/{source}/{name}",
    responses=described("Status and money of the campaign, in minor units.", 401, 404, one=CampaignMoney),
)
def get_campaign(source: str, name: str, parts: Parts, principal: Caller, query: AsOfQuery) -> Response:
    """One campaign: what was pledged, collected, refunded, released, and what lies in escrow."""
    asked = Asked("campaign", source, name, query)
    times = times_for(parts, principal, asked)
    read = parts.reads.campaign(asked.key, times)
    campaign = must_be_there(read.value, asked, Campaign)
    return facts.answer(_campaign(asked, campaign, times), read.as_of)


@router.get(
    "/pledges/{source}/{name}",
    responses=described("Status and money of the pledge, in minor units.", 401, 404, one=PledgeMoney),
)
def get_pledge(source: str, name: str, parts: Parts, principal: Caller, query: AsOfQuery) -> Response:
    """One pledge and what became of it."""
    asked = Asked("pledge", source, name, query)
    times = times_for(parts, principal, asked)
    read = parts.reads.pledge(asked.key, times)
    pledge = must_be_there(read.value.then, asked, Pledge)
    return facts.answer(_pledge(asked, pledge, read.value, times), read.as_of)


class Asked(NamedTuple):
    """An entity that was asked for, and as of when."""

    kind: str
    source: str
    name: str
    query: TwoTimes

    def __str__(self) -> str:
        return f"{self.kind} {self.name!r} of {self.source!r}"

    @property
    def key(self) -> str:
        return key(self.kind, scope_of(self.source), self.name)


def times_for(parts: Services, principal: Principal, asked: Asked) -> Times:
    """The times that are meant, where the caller may read the entity."""
    must_see(principal, asked.source, str(asked))
    return times_of(parts, asked.query)


def must_be_there(then: Then, asked: Asked, struct: type[S]) -> S:
    """The state, where there is one of that kind; what began later is said to have."""
    state, began, known = then
    if state is None and began is not None and known is not None:
        raise Problem(
            "not_found",
            f"there was no {asked} then: it began at {began.isoformat()}, which was recorded at {known.isoformat()}.",
        )
    if not isinstance(state, struct):
        raise Problem("not_found", f"there is no {asked}.")
    return state


def _campaign(asked: Asked, state: Campaign, times: Times) -> CampaignMoney:
    return CampaignMoney(
        source=asked.source,
        campaign=asked.name,
        status=state.status,
        kind=state.kind,
        issuer=_name(state.issuer),
        currency=state.currency,
        goal=state.goal,
        cap=state.cap,
        minimum=state.minimum,
        funding=state.funding,
        jurisdiction=state.jurisdiction,
        opened_at=facts.moment(state.opened_at),
        deadline=facts.moment(state.deadline),
        closed_at=facts.maybe_moment(state.closed_at),
        pledges=state.pledges,
        pledged=state.pledged,
        collected=state.collected,
        refunded=state.refunded,
        released=state.released,
        returned=state.returned,
        fees=state.fees,
        in_escrow=state.escrow,
        voided=state.voided,
        lapsed=state.lapsed,
        refund_due=state.due,
        below_goal=state.below_goal,
        material_changes=changes_of(state),
        delivered=state.delivered,
        at=times.at,
        known_at=times.known_at,
    )


def _pledge(asked: Asked, state: Pledge, found: PledgeRead, times: Times) -> PledgeMoney:
    campaign = found.campaign
    failed_at, retry_at = state.failures[-1] if state.failures else (None, None)
    # What happened to a pledge may have happened before its campaign began, as far as was told: then nothing ended it.
    status = state.status if campaign is None else status_of(state, campaign)
    return PledgeMoney(
        source=asked.source,
        pledge=asked.name,
        status=status,
        campaign=_name(state.campaign),
        investor=_name(state.investor),
        currency=state.currency,
        made_at=facts.moment(state.made_at),
        amount=state.amount,
        pledged=0 if status in _ENDED else state.amount,
        collected=state.amount if status in {"collected", "refunded"} else 0,
        refunded=state.refunded,
        refund_due=0 if campaign is None else refund_due(state, campaign),
        collected_at=facts.maybe_moment(state.collected_at),
        cancelled_at=facts.maybe_moment(state.cancelled_at),
        reconfirmed_at=facts.maybe_moment(state.reconfirmed[-1] if state.reconfirmed else None),
        collection_failures=len(state.failures),
        last_failure_at=facts.maybe_moment(failed_at),
        retry_at=facts.maybe_moment(retry_at),
        **asdict(windows_of(state, campaign, found.declared)),
        at=times.at,
        known_at=times.known_at,
    )


def _name(full_key: str) -> str:
    return full_key.rpartition("/")[2]
