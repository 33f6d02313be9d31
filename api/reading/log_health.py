"""How the log itself does: witnesses, stops of the sealing, pace, what waits, what was refused."""

from __future__ import annotations

from datetime import date, datetime

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import facts
from api.deps import Nothing, Parts, Supervisor, plain_text
from api.openapi import described

router = APIRouter(prefix="/v1", tags=["evidence"], dependencies=[Depends(plain_text)])


class ShownWitness(msgspec.Struct, kw_only=True):
    """A witness's key, and how many entries the newest head has that it signed."""

    verifier_key: str
    size: int
    sealed_at: datetime | None


class ShownStop(msgspec.Struct, kw_only=True):
    """Sealing was `stopped` or `resumed`, at which head, and why."""

    kind: str
    at: datetime
    size: int
    reason: str


class ShownMinute(msgspec.Struct, kw_only=True):
    """Entries that came under a signed head in a minute."""

    begins: datetime
    entries: int


class ShownWaiting(msgspec.Struct, kw_only=True):
    """Of the oldest 10,000 that wait (`more`: there are others): by age, by kind and key of what they wait for."""

    total: int
    more: bool
    by_age: dict[str, int]
    by_kind: dict[str, int]
    waited_for_most: dict[str, int]


class ShownRefused(msgspec.Struct, kw_only=True):
    """Items of a source that were refused on a day (UTC), by reason."""

    day: date
    source: str
    code: str
    refused: int


class ShownHealth(msgspec.Struct, kw_only=True):
    """`pace`: the last three hours, minutes without a new head left out. `refused`: the last fourteen days."""

    witnesses: list[ShownWitness]
    stops: list[ShownStop]
    pace: list[ShownMinute]
    waiting: ShownWaiting
    refused: list[ShownRefused]
    refused_ever: dict[str, int]


@router.get("/log/health", responses=described("How the log does.", 401, 403, one=ShownHealth))
def get_health(parts: Parts, _principal: Supervisor, _query: Nothing) -> Response:
    """Witnesses, stops, pace, what waits and what was refused: counted as it is written, or up to a bound."""
    read = parts.reads.log_health(parts.now())
    found = read.value
    waiting = found.waiting
    shown = ShownHealth(
        witnesses=[ShownWitness(**each._asdict()) for each in found.witnesses],
        stops=[ShownStop(**each._asdict()) for each in found.stops],
        pace=[ShownMinute(**each._asdict()) for each in found.pace],
        waiting=ShownWaiting(
            total=waiting.total,
            more=waiting.more,
            by_age=dict(waiting.ages),
            by_kind=dict(waiting.kinds),
            waited_for_most=dict(waiting.things),
        ),
        refused=[ShownRefused(**each._asdict()) for each in found.refused],
        refused_ever=dict(found.refused_ever),
    )
    return facts.answer(shown, read.as_of)
