"""The office's figures of the day: what waits, what came in, how much money open alerts are about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from api import facts
from api.deps import Parts, Strict, Supervisor, plain_text
from api.openapi import described

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])
EPOCH = date(1970, 1, 1)


class Back(Strict):
    """How far the counts per day go back."""

    days: int = Field(90, ge=1, le=366)


class WaitingAlerts(msgspec.Struct, kw_only=True):
    """Alerts that are not closed, by how long they wait: at least `days` days, which is 0, 1, 7 or 30."""

    severity: str
    status: str
    days: int
    alerts: int


class OpenedAlerts(msgspec.Struct, kw_only=True):
    """Alerts opened by the monitor for a day."""

    day: date
    severity: str
    alerts: int


class ReportedEvents(msgspec.Struct, kw_only=True):
    """Events of platforms that happened on a day, in their own time zones."""

    day: date
    events: int


class MoneyNamed(msgspec.Struct, kw_only=True):
    """What open alerts of high and critical severity name: `campaign` in escrow, `loan` outstanding principal."""

    kind: str
    currency: str
    entities: int
    amount: int


class ShownOverview(msgspec.Struct, kw_only=True):
    """The figures. `corrections_waiting` and `parked_long` (over seven days) are counted up to 1,000."""

    waiting: list[WaitingAlerts]
    opened: list[OpenedAlerts]
    reported: list[ReportedEvents]
    at_risk: list[MoneyNamed]
    corrections_waiting: int
    parked_long: int


@router.get("/overview", responses=described("The office's figures of the day.", 401, 403, one=ShownOverview))
def get_overview(parts: Parts, _principal: Supervisor, query: Annotated[Back, Query()]) -> Response:
    """What waits, what came in per day, and the money that open alerts are about."""
    now = parts.now()
    today = (now.astimezone(ZoneInfo(parts.time_zone)).date() - EPOCH).days
    read = parts.reads.overview(now, today - query.days + 1, today)
    found = read.value
    shown = ShownOverview(
        waiting=[WaitingAlerts(**each._asdict()) for each in found.waiting],
        opened=[OpenedAlerts(day=_date(e.day), severity=e.severity, alerts=e.alerts) for e in found.opened],
        reported=[ReportedEvents(day=_date(each.day), events=each.events) for each in found.reported],
        at_risk=[MoneyNamed(**each._asdict()) for each in found.at_risk],
        corrections_waiting=found.corrections,
        parked_long=found.parked,
    )
    return facts.answer(shown, read.as_of)


def _date(day: int) -> date:
    return EPOCH + timedelta(days=day)
