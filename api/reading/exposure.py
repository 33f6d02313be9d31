"""What a party has at stake, over all platforms that know the same person, as of two times."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import facts
from api.access import Principal
from api.deps import AsOfQuery, Caller, Parts, must_see, plain_text, times_of
from api.openapi import described
from api.problems import Problem
from api.reading.eligibility import ShownCheck, show_check
from api.services import PartyExposure
from api.times import Times
from ledger.events.naming import key
from ledger.recorded import scope_of
from projections.exposed import Waiting
from projections.exposure import Counterparty, Exposure

router = APIRouter(prefix="/v1", tags=["money"], dependencies=[Depends(plain_text)])
NOT_OF_THEN: Final = "limits_used: limits are held against the present only; leave out at and known_at"
NOT_FOR_PLATFORMS: Final = "limits_used: they go over all platforms; ask POST /v1/eligibility what an investor may do"


class PartyName(msgspec.Struct, kw_only=True):
    """A party on one platform."""

    source: str
    party: str


class ExposureLine(msgspec.Struct, kw_only=True):
    """Minor units of `currency`. `kind`: that of the campaigns, `lending` for a lender, `borrower` for a borrower.

    `committed` was promised, `paid` came in, `returned` went back; `at_stake` is what would be lost at worst (for a
    borrower: what is owed). `contracts` counts pledges or loans.
    """

    platform: str
    kind: str
    currency: str
    contracts: int
    committed: int
    paid: int
    returned: int
    at_stake: int


class WaitingLine(msgspec.Struct, kw_only=True):
    """Minor units: `cash` waits on the platform, `receivable` is promised and not collected."""

    platform: str
    currency: str
    cash: int
    receivable: int


class CounterpartyLine(msgspec.Struct, kw_only=True):
    """An issuer or borrower, and what is at stake with it, minor units."""

    source: str
    party: str
    currency: str
    amount: int
    contracts: int


class UsedLimit(msgspec.Struct, kw_only=True):
    """A limit of a law under which the person has invested or borrowed (`role`), over all platforms."""

    jurisdiction: str
    kind: str
    role: str
    check: ShownCheck


class ExposureAnswer(msgspec.Struct, kw_only=True):
    """`parties` are those known to be the same person; a platform sees its own. `summary` says where nothing is."""

    source: str
    party: str
    at: datetime | None
    known_at: datetime | None
    parties: list[PartyName]
    summary: str
    exposures: list[ExposureLine]
    waiting: list[WaitingLine]
    counterparties: list[CounterpartyLine]
    counterparties_left_out: bool
    limits_used: list[UsedLimit] | None
    not_evaluated: list[str]


@router.get(
    "/parties/{source}/{name}/exposure",
    responses=described(
        "By platform, kind and currency, and with whom, in minor units.", 401, 403, 404, one=ExposureAnswer
    ),
)
def get_exposure(source: str, name: str, parts: Parts, principal: Caller, query: AsOfQuery) -> Response:
    """One party's exposure: a supervisor's answer covers all platforms, a platform's its own part."""
    what = f"party {name!r} of {source!r}"
    must_see(principal, source, what)
    times = times_of(parts, query)
    scope = scope_of(source)
    read = parts.reads.exposure(key("party", scope, name), None if principal.reads_all else scope, times)
    found = read.value
    if found is None:
        raise Problem("not_found", f"there is no {what}.")
    if found.known is not None:
        raise Problem("not_found", f"there was no {what} then: it was recorded at {found.known.isoformat()}.")
    limits, left_out = _limits(parts, principal, key("party", scope, name), times)
    shown = ExposureAnswer(
        source=source,
        party=name,
        parties=[PartyName(**_named(each)) for each in found.parties],
        summary=_summary(found),
        exposures=[_exposure(each) for each in found.exposures],
        waiting=[_waiting(each) for each in found.waiting],
        counterparties=[_counterparty(each) for each in found.counterparties],
        counterparties_left_out=found.more,
        at=times.at,
        known_at=times.known_at,
        limits_used=limits,
        not_evaluated=left_out,
    )
    return facts.answer(shown, read.as_of)


def _limits(parts: Parts, principal: Principal, own: str, times: Times) -> tuple[list[UsedLimit] | None, list[str]]:
    if times.asked:
        return None, [NOT_OF_THEN]
    if not principal.reads_all:
        return None, [NOT_FOR_PLATFORMS]
    used = parts.reads.limits_used(own).value
    return [
        UsedLimit(jurisdiction=each.jurisdiction, kind=each.kind, role=each.role, check=show_check(each.check))
        for each in used
    ], []


def _summary(found: PartyExposure) -> str:
    platforms = len({each.scope for each in found.exposures})
    contracts = sum(each.contracts for each in found.exposures)
    if not contracts:
        return "Nothing is at stake: no pledge, bid, claim or debt is on record."
    return f"Contracts: {contracts}; platforms: {platforms}; parties known to be this person: {len(found.parties)}."


def _named(own: str) -> dict[str, str]:
    scope, _, name = own.partition(":")[2].partition("/")
    return {"source": scope if scope in {"registry", "system"} else f"platform:{scope}", "party": name}


def _exposure(row: Exposure) -> ExposureLine:
    return ExposureLine(
        platform=row.scope,
        kind=row.kind,
        currency=row.currency,
        contracts=row.contracts,
        committed=row.committed,
        paid=row.paid,
        returned=row.returned,
        at_stake=row.at_stake,
    )


def _waiting(row: Waiting) -> WaitingLine:
    return WaitingLine(platform=row.scope, currency=row.currency, cash=row.cash, receivable=row.receivable)


def _counterparty(row: Counterparty) -> CounterpartyLine:
    return CounterpartyLine(**_named(row.other), currency=row.currency, amount=row.amount, contracts=row.contracts)
