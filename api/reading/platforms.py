"""The platforms: a public part for everyone, a scorecard for the supervisor and for the platform itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
from fastapi import APIRouter, Depends
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from api import cursors, facts
from api.deps import MaybeCaller, Nothing, Paged, Parts, plain_text
from api.openapi import described
from api.problems import Problem
from api.scorecards import Registered
from api.services import Scorecard

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])


class PublicPlatform(msgspec.Struct, kw_only=True):
    """What anybody may know of a platform."""

    id: str
    source: str
    name: str
    kinds: list[str]
    status: str
    jurisdiction: str
    region: str | None
    licence: str | None
    licence_valid_to: date | None
    registered_at: datetime


class CustodyFigure(msgspec.Struct, kw_only=True):
    """Minor units. `difference` is what the custodian has more (or less) than the log says it should."""

    currency: str
    reported: int | None
    as_of: datetime | None
    derived: int
    difference: int | None


class Figures(msgspec.Struct, kw_only=True):
    """How the platform reports, and how its custody adds up."""

    events: int
    last_happened_at: datetime | None
    last_recorded_at: datetime | None
    parked: int
    refused: int
    open_alerts: int | UnsetType = UNSET  # the supervisor's alone
    custody: list[CustodyFigure]
    month: str | None
    metrics: dict[str, Any] | None


class OnePlatform(PublicPlatform, kw_only=True, omit_defaults=True):
    """The public part; `scorecard` for the supervisor and the platform itself."""

    scorecard: Figures | UnsetType = UNSET


@router.get("/platforms", responses=described("The public part of each platform, by id.", 401, page_of=PublicPlatform))
def get_platforms(parts: Parts, _principal: MaybeCaller, query: Paged) -> Response:
    """All platforms. No key is needed."""
    question = ("platforms",)
    after = cursors.decode(question, query.cursor, str, "")
    read = parts.reads.platforms(after, query.limit + 1)
    return facts.page(question, read, query.limit, lambda row: PublicPlatform(**_public(row)), lambda row: row.id)


@router.get("/platforms/{name}", responses=described("One platform.", 401, 404, one=OnePlatform))
def get_platform(name: str, parts: Parts, principal: MaybeCaller, _query: Nothing) -> Response:
    """One platform; with the key of a supervisor, or its own, also its scorecard."""
    read = parts.reads.platform(name)
    if read.value is None:
        raise Problem("not_found", f"there is no platform {name!r}.")
    figures: Figures | UnsetType = UNSET
    if principal is not None and principal.may_read(f"platform:{name}"):
        scorecard = parts.reads.scorecard(name)
        figures = _figures(read.value, scorecard.value, alerts_too=principal.reads_all)
    shown = OnePlatform(**_public(read.value), scorecard=figures)
    return facts.answer(msgspec.to_builtins(shown), read.as_of)


def _public(row: Registered) -> dict[str, Any]:
    return {
        "id": row.id,
        "source": f"platform:{row.id}",
        "name": row.name,
        "kinds": row.kinds,
        "status": row.status,
        "jurisdiction": row.jurisdiction,
        "region": row.region,
        "licence": row.licence,
        "licence_valid_to": row.licence_valid_to,
        "registered_at": row.registered_at,
    }


def _figures(row: Registered, scorecard: Scorecard, *, alerts_too: bool) -> Figures:
    return Figures(
        events=row.events,
        last_happened_at=row.last_happened_at,
        last_recorded_at=row.last_recorded_at,
        parked=scorecard.parked,
        refused=scorecard.refused,
        open_alerts=scorecard.open_alerts if alerts_too else UNSET,
        custody=[
            CustodyFigure(
                currency=each.currency,
                reported=each.reported,
                as_of=each.as_of,
                derived=each.derived,
                difference=None if each.reported is None else each.reported - each.derived,
            )
            for each in scorecard.custody
        ],
        month=scorecard.month,
        metrics=scorecard.metrics,
    )
