"""Who is told of findings: subscriptions by webhook or mail, and the messages that could not be delivered."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends
from starlette.responses import Response

from api import cursors, facts, subscribing
from api.deps import Nothing, Paged, Parts, Regulator, Supervisor, plain_text
from api.facts import AsOf, Read
from api.office import DeadLetter, Subscribed
from api.openapi import described
from api.problems import Problem
from api.services import Services
from api.subscribing import Subscribe

router = APIRouter(prefix="/v1", tags=["supervision"], dependencies=[Depends(plain_text)])
Row = TypeVar("Row")


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
    name, secret = subscribing.subscribe(parts, principal, new)
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
