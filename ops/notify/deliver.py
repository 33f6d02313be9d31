"""Sending what is ready, one message after the other: a lease, the attempt, what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import structlog

from ops.doors import Doors
from ops.notify.form import Delivery, Patience, Subscription
from ops.notify.gather import SQL
from ops.notify.message import mail
from ops.notify.send import Undelivered, post, secret_of, send_mail

Connection = psycopg.Connection[Any]
_log = structlog.get_logger(__name__)


class Sender(NamedTuple):
    """How messages leave. `chance` gives numbers from 0 to 1 that spread retries."""

    doors: Doors
    master: bytes
    now: Callable[[], datetime]
    chance: Callable[[], float]
    patience: Patience = Patience()


def deliver(connection: Connection, sender: Sender) -> int:
    """Send everything that is due; how many attempts that were. `connection` is in autocommit.

    The lease is committed before the attempt: whoever is killed in the middle leaves a message that is sent again.
    """
    attempts = 0
    while (delivery := _claim(connection, sender)) is not None:
        attempts += 1
        try:
            _send(sender, delivery)
        except Undelivered as error:
            _failed(connection, sender, delivery, error)
        else:
            connection.execute(SQL["sent"], {"id": delivery.id, "now": sender.now()})
    return attempts


def _claim(connection: Connection, sender: Sender) -> Delivery | None:
    now = sender.now()
    lease = now + timedelta(seconds=sender.patience.lease_seconds)
    row = connection.execute(SQL["claim"], {"now": now, "lease": lease}).fetchone()
    if row is None:
        return None
    name, body, attempts, *columns = row
    return Delivery(name, Subscription(*columns), body, attempts)


def _send(sender: Sender, delivery: Delivery) -> None:
    to = delivery.subscription
    if to.channel == "email":
        send_mail(sender.doors, mail(delivery.id, to, delivery.body, sender.doors.smtp_from))
        return
    secret = secret_of(sender.master, UUID(str(to.id)))
    post(sender.doors, to.target, secret, str(delivery.id), int(sender.now().timestamp()), delivery.body)


def _failed(connection: Connection, sender: Sender, delivery: Delivery, error: Undelivered) -> None:
    dead = error.final or delivery.attempts >= sender.patience.tries
    now = sender.now()
    row = {
        "id": delivery.id, "attempts": delivery.attempts, "status": "dead" if dead else "ready", "now": now,
        "next": now + sender.patience.pause(delivery.attempts, sender.chance()), "error": str(error)[:500],
    }  # fmt: skip
    connection.execute(SQL["failed"], row)
    if dead:
        _log.error("notification_given_up", id=str(delivery.id), to=delivery.subscription.name, reason=str(error))
