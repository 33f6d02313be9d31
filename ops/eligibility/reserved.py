"""Reservations: room that is held between asking and reporting, and when one has been used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec
import psycopg

from ops.eligibility.snapshot import SQL

_KEPT = timedelta(days=1)  # how long an expired reservation stays to be looked at


class _Amount(msgspec.Struct):
    amount: int


class _Body(msgspec.Struct):
    data: _Amount


_amount_of = msgspec.json.Decoder(_Body).decode


class Reservation(NamedTuple):
    """Minor units of `currency` held for a party in a campaign or loan (keys). `position`: the log's end when made."""

    id: UUID
    platform: str
    party: str
    about: str
    amount: int
    currency: str
    position: int
    made_at: datetime


def active(
    connection: psycopg.Connection, parties: Sequence[str], about: Sequence[str], now: datetime
) -> list[Reservation]:
    """What is held for these parties, or in these campaigns and loans, and not used, given back or expired."""
    rows = connection.execute(SQL["reserved"], {"parties": list(parties), "about": list(about), "now": now})
    by_contract: defaultdict[tuple[str, str], list[Reservation]] = defaultdict(list)
    for row in rows.fetchall():
        each = Reservation(*row)
        by_contract[each.party, each.about].append(each)
    return [left for held in by_contract.values() for left in _unused(connection, held)]


def _unused(connection: psycopg.Connection, held: Sequence[Reservation]) -> list[Reservation]:
    """A reservation is used by the first pledge or bid of the same amount behind it, and each of these uses one."""
    asked = {"party": held[0].party, "about": held[0].about, "position": held[0].position}
    reported = [(position, _amount_of(body).data.amount) for position, body in connection.execute(SQL["used"], asked)]
    left = []
    for each in held:
        use = next((one for one in reported if one[0] > each.position and one[1] == each.amount), None)
        if use is None:
            left.append(each)
        else:
            reported.remove(use)
    return left


@contextmanager
def alone(connection: psycopg.Connection, names: Sequence[str]) -> Iterator[None]:
    """One snapshot while nobody else reserves for these persons, campaigns or loans. The connection is in autocommit.

    The lock is taken before the transaction begins: its snapshot then shows what the holder before committed.
    """
    asked = {"names": list(names)}
    connection.execute(SQL["lock"], asked)
    try:
        with connection.transaction():
            yield
    finally:
        connection.execute(SQL["unlock"], asked)


def keep(connection: psycopg.Connection, reservation: Reservation, person: str | None, expires_at: datetime) -> None:
    """Hold it."""
    connection.execute(SQL["reserve"], {**reservation._asdict(), "person": person, "expires_at": expires_at})


def forget(connection: psycopg.Connection, now: datetime) -> None:
    """Delete what expired a day ago."""
    connection.execute(SQL["forget"], {"before": now - _KEPT})


def give_back(connection: psycopg.Connection, platform: str, reservation: UUID, now: datetime) -> bool:
    """End a reservation of a platform before it expires; False where there is none to end."""
    asked = {"id": reservation, "platform": platform, "now": now}
    return connection.execute(SQL["give_back"], asked).fetchone() is not None
