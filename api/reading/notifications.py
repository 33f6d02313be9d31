"""Who is told of findings: subscriptions by webhook or mail, and the messages that could not be delivered."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Self, TypeVar
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from api import cursors, facts
from api.deps import Nothing, Paged, Parts, Regulator, Supervisor, plain_text
from api.facts import AsOf, Read
from api.office import DeadLetter, NewSubscription, Subscribed
from api.openapi import described
from api.problems import Problem
from api.services import Services

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])
Row = TypeVar("Row")
Severity = Literal["info", "low", "medium", "high", "critical"]


class Subscribe(BaseModel):
    """Where to, and what: findings of this severity or worse, of one rule or platform where given."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100, pattern=r"\S")
    channel: Literal["webhook", "email"]
    target: str = Field(min_length=3, max_length=500, description="https://... or a mailbox.")
    min_severity: Severity = "medium"
    rule: str | None = Field(None, max_length=100)
    platform: str | None = Field(None, max_length=128)
    language: Literal["zh", "en"] = "zh"
    group_seconds: int = Field(30, ge=0, le=3600, description="What comes within is one message.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        user, at, host = self.target.rpartition("@")
        if self.channel == "email" and not (user and at and host and self.target.isprintable() and " " not in user):
            raise ValueError("target is no mailbox; write it as name@host")
        return self


class ShownSubscription(msgspec.Struct, kw_only=True):
    """A subscription, and how many messages were sent, are under way, were given up."""

    id: UUID
    name: str
    channel: str
    target: str
    min_severity: str
    rule: str | None
    platform: str | None
    language: str
    group_seconds: int
    created_by: str
    created_at: datetime
    ended_at: datetime | None
    sent: int
    waiting: int
    dead: int


class SubscribedNow(msgspec.Struct, kw_only=True):
    """The new subscription. `secret` signs its webhooks (Standard Webhooks); it is shown this once."""

    subscription: UUID
    secret: str | None


class ShownDead(msgspec.Struct, kw_only=True):
    """A message that was given up, and why."""

    id: UUID
    subscription: UUID
    name: str
    channel: str
    target: str
    findings: int
    attempts: int
    error: str | None
    created_at: datetime
    given_up_at: datetime | None


class Settled(msgspec.Struct, kw_only=True):
    """It was done."""

    id: UUID
    status: str


@router.get(
    "/subscriptions", responses=described("Subscriptions, the oldest first.", 401, 403, page_of=ShownSubscription)
)
def get_subscriptions(parts: Parts, _principal: Supervisor, query: Paged) -> Response:
    """All subscriptions, those that ended too."""
    question = ("subscriptions",)
    after = cursors.decode(question, query.cursor, str | None, None)
    found = parts.notifications.subscriptions(after, query.limit + 1)
    return facts.page(question, _read(parts, found), query.limit, _show, lambda each: str(each.id))


@router.post(
    "/subscriptions",
    status_code=201,
    responses=described("Subscribed.", 400, 401, 403, 413, one=SubscribedNow, status=201),
)
def post_subscription(new: Subscribe, parts: Parts, principal: Regulator, _query: Nothing) -> Response:
    """Be told of what is found from now on. Webhooks go to public https addresses, or hosts the operator allows."""
    if new.rule is not None and new.rule not in parts.rules:
        raise Problem("invalid_parameter", f"there is no rule {new.rule!r}; GET /v1/rules lists them.")
    if new.platform is not None and parts.reads.platform(new.platform).value is None:
        raise Problem("invalid_parameter", f"there is no platform {new.platform!r}; GET /v1/platforms lists them.")
    asked = NewSubscription(**new.model_dump())
    if (reason := parts.notifications.refused(asked)) is not None:
        raise Problem("invalid_parameter", f"target: {reason}")
    name = parts.notifications.subscribe(asked, principal.name)
    secret = parts.notifications.secret(name) if new.channel == "webhook" else None
    return facts.answer(SubscribedNow(subscription=name, secret=secret), _as_of(parts), 201)


@router.delete("/subscriptions/{name}", responses=described("Ended.", 401, 403, 404, one=Settled))
def delete_subscription(name: UUID, parts: Parts, _principal: Regulator, _query: Nothing) -> Response:
    """Tell nothing more there. What gathers or waits for it is dropped."""
    if not parts.notifications.unsubscribe(name):
        raise Problem("not_found", f"there is no subscription {name} that has not ended.")
    return facts.answer(Settled(id=name, status="ended"), _as_of(parts))


@router.get("/notifications/dead", responses=described("Messages that were given up.", 401, 403, page_of=ShownDead))
def get_dead(parts: Parts, _principal: Supervisor, query: Paged) -> Response:
    """The dead letters, the oldest first, each with the last error."""
    question = ("dead",)
    after = cursors.decode(question, query.cursor, tuple[datetime, str] | None, None)
    found = parts.notifications.dead(after, query.limit + 1)
    return facts.page(
        question, _read(parts, found), query.limit, _show_dead, lambda each: (each.created_at, str(each.id))
    )


@router.post(
    "/notifications/{name}/retry",
    status_code=201,
    responses=described("It is tried again.", 400, 401, 403, 404, one=Settled, status=201),
)
def post_retry(name: UUID, parts: Parts, _principal: Regulator, _query: Nothing) -> Response:
    """Try a message again that was given up: the same id, the same bytes."""
    if not parts.notifications.retry(name):
        raise Problem("not_found", f"no message {name} was given up.")
    return facts.answer(Settled(id=name, status="ready"), _as_of(parts), 201)


def _as_of(parts: Services) -> AsOf:
    return AsOf(parts.head_position(), 0.0)


def _read(parts: Services, found: list[Row]) -> Read[list[Row]]:
    return Read(found, _as_of(parts))


def _show(row: Subscribed) -> ShownSubscription:
    return ShownSubscription(**row._asdict())


def _show_dead(row: DeadLetter) -> ShownDead:
    return ShownDead(**row._asdict())
