"""Mutes: what is not notified for a time, why, and until when. What is found is recorded all the same."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import cursors, facts, mute_actions
from api.deps import Nothing, Page, Parts, Regulator, Supervisor, plain_text
from api.mute_actions import NewMute
from api.openapi import described
from api.problems import Problem
from projections.mutes import Asked, ShownMute

router = APIRouter(prefix="/v1/mutes", tags=["supervision"], dependencies=[Depends(plain_text)])


class End(BaseModel):
    """Why it ends before its time."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = Field(None, min_length=1, max_length=2000)


class MutesPage(Page):
    """Which mutes; without a filter all, the latest first."""

    active: bool | None = None


class ShownMuteFull(msgspec.Struct, kw_only=True):
    """A mute. `findings`: how many it has kept from being notified so far."""

    id: str
    rule: str | None
    key: dict[str, str]
    subject: str | None
    platform: str | None
    by: str
    reason: str
    muted_at: datetime
    until: datetime
    active: bool
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None
    findings: int


class Muted(msgspec.Struct, kw_only=True):
    """What was recorded."""

    mute: str
    event: str
    position: int


@router.get("", responses=described("Mutes, the latest first.", 401, 403, page_of=ShownMuteFull))
def get_mutes(parts: Parts, _principal: Supervisor, query: Annotated[MutesPage, Query()]) -> Response:
    """All mutes, or those that hold now."""
    question = ("mutes", query.active)
    before = cursors.decode(question, query.cursor, int | None, None)
    now = parts.now()
    read = parts.reads.mutes(Asked(now, query.active), before, query.limit + 1)
    return facts.page(question, read, query.limit, lambda each: _show(each, now), lambda each: each.position)


@router.get("/{name}", responses=described("One mute.", 401, 403, 404, one=ShownMuteFull))
def get_mute(name: str, parts: Parts, _principal: Supervisor, _query: Nothing) -> Response:
    """What is muted, by whom, why, until when, and how much it kept quiet."""
    now = parts.now()
    read = parts.reads.mutes(Asked(now, id=name), None, 1)
    if not read.value:
        raise Problem("not_found", f"there is no mute {name!r}.")
    return facts.answer(_show(read.value[0], now), read.as_of)


@router.post("", status_code=201, responses=described("Recorded.", 400, 401, 403, 404, 409, 413, one=Muted, status=201))
def post_mute(mute: NewMute, parts: Parts, principal: Regulator, _query: Nothing) -> Response:
    """Mute a rule, a known matter, a subject or a platform for a time; 365 days at most."""
    name, position = mute_actions.mute(parts, principal, mute)
    return _done(name, "alert.muted", position)


@router.post(
    "/{name}/end",
    status_code=201,
    responses=described("Recorded.", 400, 401, 403, 404, 409, 413, one=Muted, status=201),
)
def post_end(name: str, end: End, parts: Parts, principal: Regulator, _query: Nothing) -> Response:
    """End a mute before its time. What was found while it held stays unnotified."""
    position = mute_actions.end(parts, principal, name, end.reason)
    return _done(name, "alert.unmuted", position)


def _done(name: str, event: str, position: int) -> Response:
    done = Muted(mute=name, event=event, position=position)
    return facts.answer(msgspec.structs.asdict(done), facts.AsOf(position, 0.0), 201)


def _show(mute: ShownMute, now: datetime) -> ShownMuteFull:
    fields = mute._asdict()
    del fields["position"]
    by = fields.pop("by_whom")
    return ShownMuteFull(**fields, by=by, active=mute.ended_at is None and now < mute.until)
