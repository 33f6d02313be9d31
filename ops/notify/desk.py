"""What regulators do about notifications: subscribe, end, look at what was given up, have it tried again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from api.office import DeadLetter, NewSubscription, Notifications, Subscribed
from ledger.kernel import clock
from ops.doors import Doors
from ops.notify.gather import SQL
from ops.notify.send import Undelivered, check_address, secret_of

T = TypeVar("T")
Connection = psycopg.Connection[Any]


def notifications(pool: ConnectionPool[psycopg.Connection], doors: Doors, master: bytes) -> Notifications:
    """Over a pool whose statements commit by themselves."""

    def ask(reader: Callable[..., T]) -> Callable[..., T]:
        def asked(*args: Any) -> T:
            with pool.connection() as connection:
                return reader(connection, *args)

        return asked

    return Notifications(
        subscribe=ask(_subscribe),
        subscriptions=ask(_subscriptions),
        unsubscribe=ask(_unsubscribe),
        secret=partial(secret_of, master),
        dead=ask(_dead),
        retry=ask(_retry),
        refused=partial(_refused, doors),
    )


def _refused(doors: Doors, new: NewSubscription) -> str | None:
    """Why nothing could ever be sent there; None where it may be tried."""
    if new.channel == "email":
        return None if doors.smtp_url else "no mail relay is set: the operator sets CROWDLEDGER_SMTP_URL."
    try:
        check_address(new.target, doors)
    except Undelivered as error:
        return str(error)
    return None


def _subscribe(connection: Connection, new: NewSubscription, by: str) -> UUID:
    name = UUID(clock.new_id())
    connection.execute(SQL["subscribe"], {"id": name, "created_by": by, "now": clock.now(), **new._asdict()})
    return name


def _subscriptions(connection: Connection, after: str | None, limit: int) -> list[Subscribed]:
    rows = connection.execute(SQL["list"], {"after": after, "limit": limit}).fetchall()
    return [Subscribed(*row) for row in rows]


def _unsubscribe(connection: Connection, name: UUID) -> bool:
    row = connection.execute(SQL["unsubscribe"], {"id": name, "now": clock.now()}).fetchone()
    return row is not None


def _dead(connection: Connection, after: tuple[datetime, str] | None, limit: int) -> list[DeadLetter]:
    at, name = after or (None, None)
    return [DeadLetter(*row) for row in connection.execute(SQL["dead"], {"at": at, "id": name, "limit": limit})]


def _retry(connection: Connection, name: UUID) -> bool:
    return connection.execute(SQL["retry"], {"id": name, "now": clock.now()}).fetchone() is not None
