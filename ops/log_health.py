"""What the api shows of the log's own health; the statements are in sql/log_health.sql."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import psycopg

from api.logged import PARKED_LOOKED_AT, Head, Health, Minute, Parked, Refused, Stop, Waiting, Witness
from ledger.identity import Keys
from ledger.kernel.named_sql import load
from ledger.store import vault
from ledger.store.reading import ParkedEvent, Refusal

SQL = load(Path(__file__).parent / "sql" / "log_health.sql")
PACE_HOURS: Final = 3
REFUSED_DAYS: Final = 14
_NEWEST: Final = (1 << 63) - 1


def health(connection: psycopg.Connection, now: datetime) -> Health:
    """How the log does."""
    since = {"since": now - timedelta(hours=PACE_HOURS)}
    refused = connection.execute(SQL["refused"], {"since": (now - timedelta(days=REFUSED_DAYS - 1)).date()}).fetchall()
    return Health(
        [Witness(*row) for row in connection.execute(SQL["witnesses"])],
        [Stop(*row) for row in connection.execute(SQL["stops"])],
        [Head(*row) for row in connection.execute(SQL["heads"])],
        [Minute(*row) for row in connection.execute(SQL["pace"], since)],
        _waiting(connection, now),
        [Refused(*row) for row in refused],
        [(code, count) for code, count in connection.execute(SQL["refused_ever"])],
    )


def _waiting(connection: psycopg.Connection, now: datetime) -> Waiting:
    row = connection.execute(SQL["waiting"], {"bound": PARKED_LOOKED_AT + 1, "now": now}).fetchone()
    assert row is not None, "an aggregate has one row"
    total, *ages = row
    more = total > PARKED_LOOKED_AT
    kinds, things = (_waits_for(connection, what) for what in ("kind", "thing"))
    named = [*zip(("hour", "day", "week", "longer"), ages, strict=True)]
    return Waiting(min(total, PARKED_LOOKED_AT), more, named, kinds, things)


def _waits_for(connection: psycopg.Connection, what: str) -> list[tuple[str, int]]:
    asked = {"what": what, "bound": PARKED_LOOKED_AT}
    return [(named, count) for _, named, count in connection.execute(SQL["waits_for"], asked)]


def refused(
    keys: Keys, connection: psycopg.Connection, source: str | None, code: str | None, before: int | None, limit: int
) -> list[Refusal]:
    """What was refused, newest first, numbered below `before`; of one source, of one reason."""
    asked = {"source": source, "code": code, "before": before or _NEWEST, "limit": limit}
    return [vault.opened_refusal(keys, Refusal(*row)) for row in connection.execute(SQL["refused_page"], asked)]


def refused_one(keys: Keys, connection: psycopg.Connection, number: int) -> Refusal | None:
    """One refused item."""
    row = connection.execute(SQL["refused_one"], {"number": number}).fetchone()
    return None if row is None else vault.opened_refusal(keys, Refusal(*row))


def parked_one(connection: psycopg.Connection, number: int) -> Parked | None:
    """One event that waits or waited, and what of it has come."""
    row = connection.execute(SQL["parked_one"], {"number": number}).fetchone()
    if row is None:
        return None
    event, (settled_at, position, outcome) = ParkedEvent(*row[:8]), row[8:]
    arrived = [key for (key,) in connection.execute(SQL["arrived"], {"keys": event.missing})]
    asked = {"key": event.missing[0] if event.missing else "", "number": number}
    beside = connection.execute(SQL["beside"], asked).fetchone()
    return Parked(event, settled_at, position, outcome, arrived, beside[0] if beside else 0)
