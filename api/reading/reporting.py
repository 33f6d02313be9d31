"""How a platform's reporting does: recorded, refused, parked; by day, by reason, and how late it came."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from api import facts
from api.deps import Caller, Parts, Strict, plain_text, whose
from api.openapi import described
from api.own import Ingest
from api.problems import Problem

router = APIRouter(prefix="/v1", tags=["events"], dependencies=[Depends(plain_text)])
_EPOCH: Final = date(1970, 1, 1)


class ReportingDay(msgspec.Struct, kw_only=True):
    """A day in UTC, by when the ledger got to know."""

    day: str
    recorded: int
    refused: int


class Delays(msgspec.Struct, kw_only=True):
    """From when it happened to when it was recorded, over the newest `events`; null where there is none."""

    events: int
    median_seconds: float | None
    ninth_decile_seconds: float | None
    within_hour: int
    within_day: int
    within_week: int
    later: int


class Reporting(msgspec.Struct, kw_only=True):
    """The last sixty days by `days`; `refused_by_code` of the same days. `accepted` and `refused` are of all time."""

    source: str
    accepted: int
    parked: int
    refused: int
    last_received_at: datetime | None
    last_recorded_at: datetime | None
    last_happened_at: datetime | None
    days: list[ReportingDay]
    refused_by_code: dict[str, int]
    delays: Delays


class ReportingQuery(Strict):
    """Whose."""

    source: str | None = Field(None, max_length=200, description="For the regulator and auditors, who must name one.")


@router.get("/reporting", responses=described("Days without anything are left out.", 401, 403, one=Reporting))
def get_reporting(parts: Parts, principal: Caller, query: Annotated[ReportingQuery, Query()]) -> Response:
    """Whether what a platform sent has arrived, what was refused, and how late it came."""
    source = whose(principal, query.source)
    if source is None or not source.startswith("platform:"):
        raise Problem("invalid_parameter", "name the `source` of a platform: platform:<id>.")
    read = parts.own.ingest(source, parts.now())
    return facts.answer(_show(source, read.value), read.as_of)


def _show(source: str, ingest: Ingest) -> Reporting:
    recorded, refused, codes = dict(ingest.events), dict[int, int](), dict[str, int]()
    for each in ingest.refused:
        refused[each.day] = refused.get(each.day, 0) + each.items
        codes[each.code] = codes.get(each.code, 0) + each.items
    hour, day, week, later = ingest.lateness.bands
    return Reporting(
        source=source,
        accepted=ingest.accepted,
        parked=ingest.parked,
        refused=ingest.refused_ever,
        last_received_at=ingest.last_received_at,
        last_recorded_at=ingest.last_recorded_at,
        last_happened_at=ingest.last_happened_at,
        days=[
            ReportingDay(
                day=(_EPOCH + timedelta(days=each)).isoformat(),
                recorded=recorded.get(each, 0),
                refused=refused.get(each, 0),
            )
            for each in sorted({*recorded, *refused})
        ],
        refused_by_code=codes,
        delays=Delays(
            events=ingest.lateness.events,
            median_seconds=_seconds(ingest.lateness.median),
            ninth_decile_seconds=_seconds(ingest.lateness.ninth),
            within_hour=hour,
            within_day=day,
            within_week=week,
            later=later,
        ),
    )


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()
