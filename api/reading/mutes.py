"""Mutes: what is not notified for a time, why, and until when. What is found is recorded all the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Self

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from api import acting, cursors, facts
from api.deps import Nothing, Page, Parts, Regulator, Supervisor, plain_text
from api.openapi import described
from api.problems import Problem
from api.services import Services
from ledger.events.mutes import MUTE_DAYS_MAX
from ledger.kernel import clock
from projections.mutes import Asked, ShownMute

router = APIRouter(prefix="/v1/mutes", tags=["supervision"], dependencies=[Depends(plain_text)])


class NewMute(BaseModel):
    """What is muted (all of the parts that are given), why, and until when: a moment, or for so many days."""

    model_config = ConfigDict(extra="forbid")

    alert: str | None = Field(None, max_length=200, description="In place of rule and key: those of this alert.")
    rule: str | None = Field(None, max_length=100)
    key: dict[str, str] | None = Field(None, min_length=1, max_length=20, description="Columns of a finding's key.")
    subject: str | None = Field(None, max_length=300, description="The key of an entity: `party:huizhong/U-7`.")
    platform: str | None = Field(None, max_length=128)
    until: AwareDatetime | None = None
    days: int | None = Field(None, ge=1, le=MUTE_DAYS_MAX)
    reason: str = Field(min_length=3, max_length=2000, pattern=r"\S")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.until is None) == (self.days is None):
            raise ValueError("give one of until and days")
        if self.alert is not None and (self.rule is not None or self.key is not None):
            raise ValueError("an alert stands for its rule and key; give either")
        if not any((self.alert, self.rule, self.key, self.subject, self.platform)):
            raise ValueError("say what is muted: an alert, a rule, columns of a key, a subject or a platform")
        return self


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
    rule, key = (mute.rule, mute.key) if mute.alert is None else _of_alert(parts, mute.alert)
    if rule is not None and rule not in parts.rules:
        raise Problem("invalid_parameter", f"there is no rule {rule!r}; GET /v1/rules lists them.")
    if mute.platform is not None and parts.reads.platform(mute.platform).value is None:
        raise Problem("invalid_parameter", f"there is no platform {mute.platform!r}; GET /v1/platforms lists them.")
    until = mute.until or parts.now() + timedelta(days=mute.days or 0)
    name = f"M-{clock.new_id()}"
    data = {
        "mute": name, "reason": mute.reason, "until": until.isoformat(timespec="microseconds"), "rule": rule,
        "key": key, "subject": mute.subject, "platform": mute.platform,
    }  # fmt: skip
    return _done(name, "alert.muted", acting.record(parts, principal, "alert.muted", data))


@router.post(
    "/{name}/end",
    status_code=201,
    responses=described("Recorded.", 400, 401, 403, 404, 409, 413, one=Muted, status=201),
)
def post_end(name: str, end: End, parts: Parts, principal: Regulator, _query: Nothing) -> Response:
    """End a mute before its time. What was found while it held stays unnotified."""
    position = acting.record(parts, principal, "alert.unmuted", {"mute": name, "reason": end.reason})
    return _done(name, "alert.unmuted", position)


def _done(name: str, event: str, position: int) -> Response:
    done = Muted(mute=name, event=event, position=position)
    return facts.answer(msgspec.structs.asdict(done), facts.AsOf(position, 0.0), 201)


def _of_alert(parts: Services, name: str) -> tuple[str, dict[str, str] | None]:
    found = parts.reads.alert(name).value
    if found is None:
        raise Problem("not_found", f"there is no alert {name!r}.")
    return found[0].rule, found[0].key or None


def _show(mute: ShownMute, now: datetime) -> ShownMuteFull:
    fields = mute._asdict()
    del fields["position"]
    by = fields.pop("by_whom")
    return ShownMuteFull(**fields, by=by, active=mute.ended_at is None and now < mute.until)
