"""An investor's own, as answers and files carry it: her pledges, loans, limits and declarations."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec

from api import facts
from api.checks_shown import ShownCheck, show_check
from api.mine import Freed, Lending, Limit, Owned
from ledger.states.parties import Declaration


class ShownPlatform(msgspec.Struct, kw_only=True):
    """A platform, and whether it may work: registered, licensed, suspended, closed."""

    id: str
    name: str
    status: str


class OwnCampaign(msgspec.Struct, kw_only=True):
    """The project of a pledge. `delivered` is the share of rewards or securities delivered so far, a decimal."""

    id: str
    title: str
    kind: str
    status: str
    deadline: datetime
    closed_at: datetime | None
    delivered: str


class OwnMoney(msgspec.Struct, kw_only=True):
    """Minor units. `pledged` stands; of `collected`, `refunded` came back and the rest is shared out.

    `in_escrow`, `released` and `fees` are her part of the campaign's, rounded down to the unit (fees take the rest).
    `refund_due` is owed back, wherever it is.
    """

    pledged: int
    collected: int
    refunded: int
    in_escrow: int
    released: int
    fees: int
    refund_due: int


class OwnPledge(msgspec.Struct, kw_only=True):
    """A pledge of hers. `state`: pledged, collected, refunded, cancelled, void, lapsed.

    `cancellable_until` and `reconfirm_by` are windows of the law, null where it opens none.
    """

    pledge: str
    platform: ShownPlatform
    campaign: OwnCampaign
    amount: int
    currency: str
    state: str
    money: OwnMoney
    made_at: datetime
    cancellable_until: datetime | None
    cancellation_citation: str | None
    reconfirmation_asked: bool
    reconfirm_by: datetime | None
    position: int


class OwnLoan(msgspec.Struct, kw_only=True):
    """Her part of a loan, minor units of `currency`.

    `bid` waits for the loan to be paid out, or became `lent`; of that, `outstanding_principal` is owed to her. `lost`
    was given up and not recovered. `next_due`, `days_past_due`, `bucket` are the loan's, `next_due_amount` her part.
    """

    loan: str
    platform: ShownPlatform
    state: str
    purpose: str | None
    currency: str
    annual_rate: str
    term_months: int
    listed_at: datetime
    raise_until: datetime
    disbursed_at: datetime | None
    defaulted: bool
    bid: int
    lent: int
    outstanding_principal: int
    principal_received: int
    interest_received: int
    recovered: int
    lost: int
    bought: int
    sold: int
    next_due: date | None
    next_due_amount: int
    days_past_due: int
    bucket: str | None
    position: int


class OwnFreed(msgspec.Struct, kw_only=True):
    """From `on` so much less counts."""

    on: date
    amount: int
    currency: str


class OwnLimit(msgspec.Struct, kw_only=True):
    """A limit of today's law. `platform` null: over all. `measure`: flow, outstanding, or ticket (one investment).

    `not_provable` names what would have to be declared.
    """

    jurisdiction: str
    kind: str
    platform: str | None
    measure: str
    months: int | None
    limit: int | None
    used: int | None
    remaining: int | None
    currency: str | None
    not_provable: list[str]
    frees: list[OwnFreed]
    checks: list[ShownCheck]


class OwnDeclaration(msgspec.Struct, kw_only=True):
    """What she declared last on a platform, money in minor units."""

    platform: str
    jurisdiction: str
    currency: str
    declared_at: datetime
    annual_income: int | None
    net_worth: int | None
    financial_assets: int | None
    accredited: bool | None
    sophisticated: bool | None
    experience_years: int | None
    knowledge_passed: bool | None
    valid_to: datetime | None


class OwnLimits(msgspec.Struct, kw_only=True):
    """All limits about her, and the declarations that they were derived from."""

    items: list[OwnLimit]
    next: None
    declarations: list[OwnDeclaration]


def show_pledge(owned: Owned) -> OwnPledge:
    """A pledge as answers carry it."""
    pledge = owned.pledge
    return OwnPledge(
        pledge=pledge.pledge,
        platform=ShownPlatform(id=pledge.scope, name=pledge.platform_name, status=pledge.platform_status),
        campaign=OwnCampaign(
            id=pledge.campaign_id,
            title=pledge.title,
            kind=pledge.kind,
            status=pledge.campaign_status,
            deadline=pledge.deadline.astimezone(UTC),
            closed_at=_utc(pledge.closed_at),
            delivered=pledge.delivered,
        ),
        amount=pledge.amount,
        currency=pledge.currency,
        state=pledge.status,
        money=OwnMoney(
            pledged=pledge.amount if pledge.status in {"pledged", "collected", "refunded"} else 0,
            collected=pledge.collected,
            refunded=pledge.refunded,
            in_escrow=pledge.in_escrow,
            released=pledge.released,
            fees=pledge.fees,
            refund_due=pledge.refund_due,
        ),
        made_at=pledge.made_at.astimezone(UTC),
        cancellable_until=owned.cancellable.until.astimezone(UTC) if owned.cancellable else None,
        cancellation_citation=owned.cancellable.citation if owned.cancellable else None,
        reconfirmation_asked=owned.asked,
        reconfirm_by=owned.reconfirm.until.astimezone(UTC) if owned.reconfirm else None,
        position=pledge.position,
    )


def show_loan(lending: Lending) -> OwnLoan:
    """Her part of a loan as answers carry it."""
    loan, found = lending.loan, lending.figures
    return OwnLoan(
        loan=loan.loan,
        platform=ShownPlatform(id=loan.scope, name=loan.platform_name, status=loan.platform_status),
        state=loan.status,
        purpose=loan.purpose,
        currency=loan.currency,
        annual_rate=loan.annual_rate,
        term_months=loan.term_months,
        listed_at=loan.listed_at.astimezone(UTC),
        raise_until=loan.raise_until.astimezone(UTC),
        disbursed_at=_utc(loan.disbursed_at),
        defaulted=loan.defaulted_day is not None,
        bid=loan.bid,
        lent=lending.lent,
        outstanding_principal=loan.outstanding,
        principal_received=lending.principal_received,
        interest_received=lending.interest_received,
        recovered=lending.recovered,
        lost=lending.lost,
        bought=loan.bought,
        sold=loan.sold,
        next_due=found.next_due,
        next_due_amount=lending.next_due_amount,
        days_past_due=found.days_past_due,
        bucket=found.bucket,
        position=loan.position,
    )


def show_limit(limit: Limit) -> OwnLimit:
    """A limit as answers carry it."""
    check = limit.check
    return OwnLimit(
        jurisdiction=limit.jurisdiction,
        kind=limit.kind,
        platform=limit.platform,
        measure=check.cap.measure,
        months=check.cap.months,
        limit=check.answer.limit.amount,
        used=check.answer.used,
        remaining=check.answer.remaining,
        currency=check.cap.currency,
        not_provable=list(check.answer.limit.missing),
        frees=[_freed(each) for each in limit.freed],
        checks=[show_check(check)],
    )


def _freed(each: Freed) -> OwnFreed:
    return OwnFreed(on=each.on, amount=each.amount, currency=each.currency)


def show_declaration(scope: str, each: Declaration) -> OwnDeclaration:
    """What she declared, as answers carry it."""
    return OwnDeclaration(
        platform=scope,
        jurisdiction=each.jurisdiction,
        currency=each.currency,
        declared_at=facts.moment(each.declared_at),
        annual_income=each.annual_income,
        net_worth=each.net_worth,
        financial_assets=each.financial_assets,
        accredited=each.accredited,
        sophisticated=each.sophisticated,
        experience_years=each.experience_years,
        knowledge_passed=each.knowledge_passed,
        valid_to=facts.maybe_moment(each.valid_to),
    )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
