"""What a party has at stake, over all platforms that know the same person, as of two times."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator
from starlette.responses import Response

from api import facts
from api.access import Principal
from api.checks_shown import ShownCheck, ShownRate, show_check, show_rate
from api.deps import Caller, Parts, TwoTimes, must_see, plain_text, times_of
from api.exposures import GroupStake, PartyExposure
from api.openapi import described
from api.problems import Problem
from api.times import Times
from ledger.events.naming import key
from ledger.exchange import NoRate, Rate, total
from ledger.kernel.money import is_currency
from ledger.recorded import scope_of
from projections.exposed import Stake, Waiting
from projections.exposure import Counterparty, Exposure

router = APIRouter(prefix="/v1", tags=["money"], dependencies=[Depends(plain_text)])
NOT_OF_THEN: Final = "limits_used: limits are held against the present only; leave out at and known_at"
NOT_FOR_PLATFORMS: Final = "limits_used: they go over all platforms; ask POST /v1/eligibility what an investor may do"


def _known_currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError(f"{code} is no currency of ISO 4217")
    return code


class TwoTimesIn(TwoTimes):
    """As of when, and perhaps in one currency."""

    currency: Annotated[str, AfterValidator(_known_currency)] | None = Query(
        None, description="ISO 4217: add everything up in it, by reported rates.", pattern="^[A-Z]{3}$"
    )


ExposureQuery = Annotated[TwoTimesIn, Query()]


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


class ContractLine(msgspec.Struct, kw_only=True):
    """What is at stake in one campaign or loan (`kind` `borrower`: what is owed of it), minor units, and with whom."""

    platform: str
    contract: str
    kind: str
    other: PartyName | None
    currency: str
    amount: int


class GroupLine(msgspec.Struct, kw_only=True):
    """Issuers or borrowers that are one group, and what is at stake with them together, minor units."""

    parties: list[PartyName]
    currency: str
    amount: int
    contracts: int


class RelationLine(msgspec.Struct, kw_only=True):
    """A reported relation that makes one group of two parties; `position` is the event that told it."""

    position: int
    party: PartyName
    other: PartyName
    relation: str
    share: str | None
    since: datetime


class GroupAnswer(msgspec.Struct, kw_only=True):
    """The party with its affiliates: same person, same control, affiliate, or an owner of 25 % or more.

    `exposures` are those of all of them together, where there are any but the party's own.
    """

    parties: list[PartyName]
    relations: list[RelationLine]
    exposures: list[ExposureLine]


class ConvertedSum(msgspec.Struct, kw_only=True):
    """Sums over all platforms and currencies in minor units of one; of a borrower `at_stake` is what is owed."""

    role: str
    committed: int
    paid: int
    returned: int
    at_stake: int


class Converted(msgspec.Struct, kw_only=True):
    """Everything in `currency`, by the newest rates that were reported on or before `day`.

    `outcome` is not_provable where one is missing; then `why` names it and nothing is added up.
    """

    currency: str
    day: str
    outcome: str
    why: str | None
    sums: list[ConvertedSum]
    rates: list[ShownRate]


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
    contracts: list[ContractLine]
    counterparty_groups: list[GroupLine]
    group: GroupAnswer | None
    converted: Converted | None
    limits_used: list[UsedLimit] | None
    not_evaluated: list[str]


@router.get(
    "/parties/{source}/{name}/exposure",
    responses=described(
        "By platform, kind and currency, and with whom, in minor units.", 401, 403, 404, one=ExposureAnswer
    ),
)
def get_exposure(source: str, name: str, parts: Parts, principal: Caller, query: ExposureQuery) -> Response:
    """One party's exposure: a supervisor's answer covers all platforms, a platform's its own part."""
    what = f"party {name!r} of {source!r}"
    must_see(principal, source, what)
    times = times_of(parts, query)
    scope = scope_of(source)
    zone = ZoneInfo(parts.time_zone)
    into = (query.currency, (times.at or parts.now()).astimezone(zone).date()) if query.currency else None
    read = parts.reads.exposure(key("party", scope, name), None if principal.reads_all else scope, times, into)
    found = read.value
    if found is None:
        raise Problem("not_found", f"there is no {what}.")
    if found.known is not None:
        raise Problem("not_found", f"there was no {what} then: it was recorded at {found.known.isoformat()}.")
    limits, left_out = _limits(parts, principal, key("party", scope, name), times)
    shown = ExposureAnswer(
        source=source,
        party=name,
        parties=[PartyName(**named(each)) for each in found.parties],
        summary=_summary(found),
        exposures=[_exposure(each) for each in found.exposures],
        waiting=[_waiting(each) for each in found.waiting],
        counterparties=[_counterparty(each) for each in found.counterparties],
        counterparties_left_out=found.more,
        contracts=[_contract(each) for each in found.contracts],
        counterparty_groups=[_counterparty_group(each) for each in found.groups],
        group=None if found.group is None else _group(found),
        converted=None if into is None else _converted(found, *into),
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


def _converted(found: PartyExposure, currency: str, day: date) -> Converted:
    rates: dict[Rate, None] = {}
    sums = []
    try:
        for role in ("investor", "borrower"):
            rows = [each for each in found.exposures if (each.kind == "borrower") == (role == "borrower")]
            figures = {}
            for name in ("committed", "paid", "returned", "at_stake"):
                lines = [(getattr(each, name), each.currency) for each in rows]
                figures[name], used = total(lines, currency, found.rates or {})
                rates |= dict.fromkeys(used)
            if rows:
                sums.append(ConvertedSum(role=role, **figures))
    except NoRate as none:
        why = f"no rate from {none.source} to {none.target} was reported on or before {day}"
        return Converted(currency=currency, day=day.isoformat(), outcome="not_provable", why=why, sums=[], rates=[])
    shown = [show_rate(each) for each in rates]
    return Converted(currency=currency, day=day.isoformat(), outcome="converted", why=None, sums=sums, rates=shown)


def _group(found: PartyExposure) -> GroupAnswer:
    assert found.group is not None
    return GroupAnswer(
        parties=[PartyName(**named(each)) for each in found.group.parties],
        relations=[
            RelationLine(
                position=each.position,
                party=PartyName(**named(each.party)),
                other=PartyName(**named(each.other)),
                relation=each.relation,
                share=each.share,
                since=each.happened_at,
            )
            for each in found.group.relations
        ],
        exposures=[_exposure(each) for each in found.group_exposures],
    )


def _counterparty_group(row: GroupStake) -> GroupLine:
    parties = [PartyName(**named(each)) for each in row.parties]
    return GroupLine(parties=parties, currency=row.currency, amount=row.amount, contracts=row.contracts)


def _contract(row: Stake) -> ContractLine:
    _, _, path = row.contract.partition(":")
    platform, _, name = path.partition("/")
    other = None if row.other is None else PartyName(**named(row.other))
    return ContractLine(
        platform=platform, contract=name, kind=row.kind, other=other, currency=row.currency, amount=row.amount
    )


def _summary(found: PartyExposure) -> str:
    platforms = len({each.scope for each in found.exposures})
    contracts = sum(each.contracts for each in found.exposures)
    if not contracts:
        return "Nothing is at stake: no pledge, bid, claim or debt is on record."
    return f"Contracts: {contracts}; platforms: {platforms}; parties known to be this person: {len(found.parties)}."


def named(own: str) -> dict[str, str]:
    """Source and id of a party, from its key."""
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
    return CounterpartyLine(**named(row.other), currency=row.currency, amount=row.amount, contracts=row.contracts)
