"""Who did what: acts of the office from the log, and what was done at the door."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from api import cursors, deeds, facts
from api.deeds import BeforeDeed, Deed
from api.deps import Page, Parts, Supervisor, plain_text
from api.openapi import described

router = APIRouter(prefix="/v1/deeds", tags=["supervision"], dependencies=[Depends(plain_text)])


class DeedsPage(Page):
    """Which deeds; without a filter all. Days are of the ledger's time zone, both included."""

    who: str | None = Field(None, min_length=1, max_length=200, description="The name of a person or of a key.")
    kind: Literal["alert", "case", "sanction", "correction", "people", "platform", "door"] | None = Field(
        None, description="`people`: what was done with people's data; `door`: coming in."
    )
    since: date | None = None
    until: date | None = None


class ShownDeed(msgspec.Struct, kw_only=True):
    """A deed. `what` is a type of event, or a word of the door; `position` is the event's, null at the door."""

    at: datetime
    who: str | None
    what: str
    about: dict[str, Any]
    position: int | None


@router.get("", responses=described("Deeds, the newest first.", 401, 403, page_of=ShownDeed))
def get_deeds(parts: Parts, _principal: Supervisor, query: Annotated[DeedsPage, Query()]) -> Response:
    """Acts of the office as the log has them, and what was done when coming in; nobody can change either."""
    kind = next((each for each in deeds.KINDS if each.rstrip(".") == query.kind), None)
    asked = deeds.asked(query.who, kind, query.since, query.until, ZoneInfo(parts.time_zone))
    question = ("v1 deeds", query.who, query.kind, str(query.since), str(query.until))
    before = cursors.decode(question, query.cursor, BeforeDeed | None, None)
    read = parts.reads.deeds(asked, before, query.limit + 1)
    following = deeds.below(read.value[: query.limit], before)
    return facts.page(question, read, query.limit, _show, lambda _last: following)


def _show(deed: Deed) -> ShownDeed:
    return ShownDeed(at=deed.at, who=deed.who, what=deed.what, about=dict(deed.about), position=deed.position)
