"""A platform's months: what it took in and paid out, what was lent and came back, how it reports, what was found."""

from __future__ import annotations

from typing import Annotated, Final
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Depends, Query
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from api import facts, platform_figures
from api.deps import Caller, Parts, Strict, plain_text
from api.openapi import described
from api.problems import Problem
from api.services import Services
from projections.platform_months import month_at

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])
MONTHS_MAX: Final = 60


class HistoryQuery(Strict):
    """How far back."""

    months: int = Query(12, ge=1, le=MONTHS_MAX, description="How many months, the running one among them.")


class KindSum(msgspec.Struct, kw_only=True):
    """How many events of the kind, and their sum in minor units."""

    events: int
    amount: int


class CurrencyMonth(msgspec.Struct, kw_only=True):
    """A month in one currency; docs/platforms.md says what each kind and share is. Shares are in basis points."""

    currency: str
    sums: dict[str, KindSum]
    outstanding: int
    held: int
    refund_share_bp: int | None
    default_share_bp: int | None


class PlatformMonth(msgspec.Struct, kw_only=True):
    """A month. `running`: it has not ended. Alerts are told to supervisors only."""

    month: str
    running: bool
    counts: dict[str, int]
    currencies: list[CurrencyMonth]
    refused: dict[str, int]
    late_share_bp: int | None
    refused_share_bp: int | None
    alerts: dict[str, int] | UnsetType = UNSET
    alert_outcomes: dict[str, int] | UnsetType = UNSET


class PlatformMonths(msgspec.Struct, kw_only=True):
    """The months of a platform, the oldest first."""

    platform: str
    items: list[PlatformMonth]
    next: None = None


@router.get(
    "/platforms/{name}/history",
    responses=described("The platform's figures by month.", 401, 403, 404, one=PlatformMonths),
)
def get_history(name: str, parts: Parts, principal: Caller, query: Annotated[HistoryQuery, Query()]) -> Response:
    """What happened on a platform, month by month. For the platform itself and its supervisors."""
    if not principal.may_read(f"platform:{name}"):
        raise Problem("forbidden", "this is for the platform itself and its supervisors.")
    if parts.reads.platform(name).value is None:
        raise Problem("not_found", f"there is no platform {name!r}.")
    now = this_month(parts)
    read = parts.reads.platform_history(name, now - query.months + 1, now)
    shown = [_shown(each, alerts_too=principal.reads_all) for each in platform_figures.months(read.value, now)]
    return facts.answer(PlatformMonths(platform=name, items=shown), read.as_of)


def this_month(parts: Services) -> int:
    """The running month in the time zone of the service, as year * 12 + month - 1."""
    return month_at(parts.now().astimezone(ZoneInfo(parts.time_zone)))


def _shown(month: platform_figures.Month, *, alerts_too: bool) -> PlatformMonth:
    return PlatformMonth(
        month=month.month,
        running=month.running,
        counts=dict(month.counts),
        currencies=[_currency(each) for each in month.money],
        refused=dict(month.refused),
        late_share_bp=month.late_share_bp,
        refused_share_bp=month.refused_share_bp,
        alerts=dict(month.alerts) if alerts_too else UNSET,
        alert_outcomes=dict(month.outcomes) if alerts_too else UNSET,
    )


def _currency(money: platform_figures.Money) -> CurrencyMonth:
    return CurrencyMonth(
        currency=money.currency,
        sums={kind: KindSum(events=each.events, amount=each.amount) for kind, each in money.sums.items()},
        outstanding=money.outstanding,
        held=money.held,
        refund_share_bp=money.refund_share_bp,
        default_share_bp=money.default_share_bp,
    )
