"""How concentrated a platform's book of loans is, as of two times, with its history by month's end."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api import facts
from api.deps import Caller, Parts, TwoTimes, plain_text, times_of
from api.exposures import ShareLimit
from api.openapi import described
from api.problems import Problem
from api.reading.exposure import PartyName, named
from ledger.concentration import Concentration
from ledger.lending.days import add_months

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])
MONTHS_MAX: Final = 120


class Asked(TwoTimes):
    """As of when, and how far back."""

    months: int = Query(12, ge=0, le=MONTHS_MAX, description="How many ends of months before that are told.")


class ConcentrationLine(msgspec.Struct, kw_only=True):
    """How `total` (minor units) is shared out among borrowers or lenders, each person once. Shares in basis points.

    `hhi_bp`: the sum of squared shares, 10000 where one has all. `top_10_bp`: the share of the ten largest.
    """

    side: str
    currency: str
    parties: int
    total: int
    hhi_bp: int
    largest_bp: int
    top_10_bp: int


class MonthLine(ConcentrationLine, kw_only=True):
    """The same at the end of a month, in the time zone of the service."""

    month: str


class ShareLimitLine(msgspec.Struct, kw_only=True):
    """The largest lender with its affiliates, against a limit on shares; `why` says what is not known."""

    rule: str
    citation: str
    outcome: str
    why: str | None
    currency: str
    parties: list[PartyName]
    share_bp: int
    limit_bp: int | None


class ConcentrationAnswer(msgspec.Struct, kw_only=True):
    """Outstanding principal, by who owes it and by who holds it; `history` is in order of months."""

    platform: str
    at: datetime | None
    known_at: datetime | None
    items: list[ConcentrationLine]
    history: list[MonthLine]
    limits: list[ShareLimitLine]
    next: None = None


@router.get(
    "/platforms/{name}/concentration",
    responses=described("HHI and shares of the largest, by month.", 401, 403, 404, one=ConcentrationAnswer),
)
def get_concentration(name: str, parts: Parts, principal: Caller, query: Annotated[Asked, Query()]) -> Response:
    """Concentration of one platform's loans: for the platform itself and its supervisors."""
    if not principal.may_read(f"platform:{name}"):
        raise Problem("forbidden", "this is for the platform itself and its supervisors.")
    platform = parts.reads.platform(name).value
    if platform is None:
        raise Problem("not_found", f"there is no platform {name!r}.")
    times, zone = times_of(parts, query), ZoneInfo(parts.time_zone)
    at = times.at or parts.now()
    day = at.astimezone(zone).date()
    ends = _ends(day, query.months, zone, at)
    # What happened at the moment itself counts; of the present, whatever is known.
    last = at + timedelta(microseconds=1 if times.at else 86_400_000_000)
    read = parts.reads.concentration(name, platform.jurisdiction, times, [*ends, last], day)
    shown = ConcentrationAnswer(
        platform=name,
        at=times.at,
        known_at=times.known_at,
        items=[ConcentrationLine(**_line(side, currency, each))
               for side, currency, before, each in read.value.rows if before == last],
        history=[MonthLine(month=_month(before, zone), **_line(side, currency, each))
                 for side, currency, before, each in sorted(read.value.rows, key=lambda row: row[2]) if before != last],
        limits=[_limit(each) for each in read.value.limits],
    )  # fmt: skip
    return facts.answer(shown, read.as_of)


def _ends(day: date, months: int, zone: ZoneInfo, at: datetime) -> list[datetime]:
    """The moments at which months ended, the oldest first: the beginnings of the next ones."""
    firsts = [add_months(day.replace(day=1), -back) for back in range(months - 1, -1, -1)]
    return [moment for each in firsts if (moment := datetime.combine(each, time.min, zone)) <= at]


def _month(before: datetime, zone: ZoneInfo) -> str:
    return (before.astimezone(zone) - timedelta(days=1)).strftime("%Y-%m")


def _line(side: str, currency: str, found: Concentration) -> dict[str, Any]:
    return {
        "side": side, "currency": currency, "parties": found.parties, "total": found.total, "hhi_bp": found.hhi_bp,
        "largest_bp": found.largest_bp, "top_10_bp": found.top_bp,
    }  # fmt: skip


def _limit(each: ShareLimit) -> ShareLimitLine:
    parties = [PartyName(**named(party)) for party in each.parties]
    return ShareLimitLine(**{**each._asdict(), "parties": parties})
