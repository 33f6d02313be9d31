"""Sanctions on platforms and parties: imposed, listed, lifted."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import cursors, facts, sanction_actions
from api.deps import Nothing, Page, Parts, Regulator, Supervisor, plain_text
from api.openapi import described
from api.problems import Problem
from api.sanction_actions import NewSanction
from projections.sanctions import Asked, Sanction

router = APIRouter(prefix="/v1/sanctions", tags=["supervision"], dependencies=[Depends(plain_text)])
_FIRST = date(1970, 1, 1)


class Lift(BaseModel):
    """Why it holds no more."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=3, max_length=2000, pattern=r"\S")


class SanctionsPage(Page):
    """Which sanctions; without a filter all, the latest first."""

    subject: str | None = Field(None, max_length=300)
    platform: str | None = Field(None, max_length=128, description="On a platform, and on its parties.")
    kind: str | None = Field(None, max_length=41)
    case: str | None = Field(None, max_length=30)
    on: date | None = Field(None, description="Those that hold on this day.")


class ShownSanction(msgspec.Struct, kw_only=True):
    """A sanction, and how it ended."""

    id: str
    subject: str
    platform: str
    kind: str
    begins: date
    until: date | None
    limit: int | None
    amount: int | None
    currency: str | None
    case: str | None
    citation: str | None
    text: str | None
    by: str
    imposed_at: datetime
    imposed_position: int
    lifted_at: datetime | None
    lifted_by: str | None
    lift_reason: str | None
    lifted_position: int | None


class Recorded(msgspec.Struct, kw_only=True):
    """What was recorded."""

    sanction: str
    event: str
    position: int


@router.get("", responses=described("Sanctions, the latest first.", 401, 403, page_of=ShownSanction))
def get_sanctions(parts: Parts, _principal: Supervisor, query: Annotated[SanctionsPage, Query()]) -> Response:
    """All sanctions, or those on a subject, of a kind, of a case, or that hold on a day."""
    day = None if query.on is None else (query.on - _FIRST).days
    asked = Asked(None, query.subject, query.platform, query.kind, query.case, day)
    question = ("sanctions", *asked)
    before = cursors.decode(question, query.cursor, int | None, None)
    read = parts.reads.sanctions(asked, before, query.limit + 1)
    return facts.page(question, read, query.limit, _show, lambda each: each.imposed_position)


@router.get("/{name}", responses=described("One sanction.", 401, 403, 404, one=ShownSanction))
def get_sanction(name: str, parts: Parts, _principal: Supervisor, _query: Nothing) -> Response:
    """One sanction."""
    read = parts.reads.sanctions(Asked(id=name), None, 1)
    if not read.value:
        raise Problem("not_found", f"there is no sanction {name!r}.")
    return facts.answer(_show(read.value[0]), read.as_of)


@router.post(
    "", status_code=201, responses=described("Recorded.", 400, 401, 403, 404, 409, 413, one=Recorded, status=201)
)
def post_sanction(sanction: NewSanction, parts: Parts, principal: Regulator, _query: Nothing) -> Response:
    """Impose a sanction. It is a fact in the log; rules see it from then on."""
    name, position = sanction_actions.impose(parts, principal, sanction)
    return _done(name, "sanction.imposed", position)


@router.post(
    "/{name}/lift",
    status_code=201,
    responses=described("Recorded.", 400, 401, 403, 404, 409, 413, one=Recorded, status=201),
)
def post_lift(name: str, lift: Lift, parts: Parts, principal: Regulator, _query: Nothing) -> Response:
    """Lift a sanction."""
    return _done(name, "sanction.lifted", sanction_actions.lift(parts, principal, name, lift.reason))


def _done(name: str, event: str, position: int) -> Response:
    done = Recorded(sanction=name, event=event, position=position)
    return facts.answer(msgspec.structs.asdict(done), facts.AsOf(position, 0.0), 201)


def _show(row: Sanction) -> ShownSanction:
    fields = row._asdict()
    first, last = fields.pop("first_day"), fields.pop("last_day")
    return ShownSanction(
        id=fields.pop("sanction"),
        begins=_FIRST + timedelta(days=first),
        until=None if last is None else _FIRST + timedelta(days=last),
        limit=fields.pop("limit_minor"),
        amount=fields.pop("amount_minor"),
        case=fields.pop("case_id"),
        by=fields.pop("by_whom"),
        **fields,
    )
