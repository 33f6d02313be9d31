"""What was refused, what waits, what arrived and how late; the statements are in sql/own.sql."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg
from psycopg_pool import ConnectionPool

from api.own import Fate, Held, Ingest, Lateness, Mend, RefusedOn, Searched, Sent, Wanted
from ledger.events.catalogue import TYPES
from ledger.identity import Keys as MasterKeys
from ledger.kernel import clock
from ledger.kernel.named_sql import load
from ledger.recorded import scope_of
from ledger.store import vault
from ledger.store.reading import ParkedEvent, Refusal
from projections import platforms

SQL = load(Path(__file__).parent.parent / "sql" / "own.sql")
BATCH: Final = 250
SEARCHED_MAX: Final = 2_000  # bodies that one page opens in search of a type
COUNTED_MAX: Final = 100_000
LATE_EVENTS: Final = 500
DAYS: Final = 60
_BANDS: Final = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
_EPOCH: Final = date(1970, 1, 1)


class _Body(msgspec.Struct):
    """As much of an event as a search needs; what was refused may have anything else in it."""

    type: str = ""
    data: dict[str, Any] = {}


_body = msgspec.json.Decoder(_Body).decode


def refused(keys: MasterKeys, connection: psycopg.Connection, source: str, wanted: Wanted, limit: int) -> Searched:
    """Refused items newest first. Type and members stand in bodies that may be sealed: these are opened and read."""
    asked: dict[str, Any] = {"source": source, **wanted._asdict()}
    if wanted.type is None and wanted.member is None:
        rows = vault.refusals_newest(connection, keys, {**asked, "limit": limit + 1})
        return Searched(rows[:limit], rows[limit - 1].number if len(rows) > limit else None)
    found: list[Refusal] = []
    for _ in range(SEARCHED_MAX // BATCH):
        batch = vault.refusals_newest(connection, keys, {**asked, "limit": BATCH})
        for row in batch:
            asked["before"] = row.number
            if _fits(row, wanted):
                found.append(row)
                if len(found) == limit:
                    return Searched(found, row.number)
        if len(batch) < BATCH:
            return Searched(found, None)
    return Searched(found, asked["before"])


def _fits(row: Refusal, wanted: Wanted) -> bool:
    try:
        body = _body(row.body or b"")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    if wanted.type is not None and body.type != wanted.type:
        return False
    return wanted.member is None or body.data.get(wanted.member[0]) == wanted.member[1]


def refusal(keys: MasterKeys, connection: psycopg.Connection, source: str, number: int) -> Refusal | None:
    """One refused item of the source."""
    rows = vault.refusals(connection, keys, source, number - 1, 1)
    return rows[0] if rows and rows[0].number == number else None


def waiting(connection: psycopg.Connection, source: str, wanted: Wanted, limit: int) -> list[ParkedEvent]:
    """What waits, newest first."""
    asked = {"source": source, **wanted._asdict(), "limit": limit}
    return [ParkedEvent(*row) for row in connection.execute(SQL["waiting"], asked).fetchall()]


def held(connection: psycopg.Connection, source: str, number: int) -> Held | None:
    """One event that waits, or did."""
    row = connection.execute(SQL["held"], {"source": source, "number": number}).fetchone()
    return Held(ParkedEvent(*row[:8]), *row[8:]) if row else None


def fates(connection: psycopg.Connection, source: str, ids: Sequence[str]) -> dict[str, Fate]:
    """Which of these ids are recorded or parked."""
    rows = connection.execute(SQL["fates"], {"source": source, "ids": list(ids)}).fetchall()
    return {row[0]: Fate(*row) for row in rows}


def mends(connection: psycopg.Connection, source: str, numbers: Sequence[int]) -> dict[int, Fate]:
    """What was sent in the place of refused items, by their numbers."""
    rows = connection.execute(SQL["mends"], {"source": source, "numbers": list(numbers)}).fetchall()
    return {number: Fate(*fate) for number, *fate in rows}


def mend(pool: ConnectionPool, made: Mend) -> None:
    """Remember that an event was sent in the place of a refused one."""
    with pool.connection() as connection:
        connection.execute(SQL["add_mend"], {**made._asdict(), "now": clock.now()})


def sent(
    connection: psycopg.Connection, source: str, types: Sequence[str], before: int | None, limit: int
) -> list[Sent]:
    """The source's own events, newest first."""
    asked = {"source": source, "types": list(types) or list(TYPES), "before": before, "limit": limit}
    return [Sent(*row) for row in connection.execute(SQL["sent"], asked).fetchall()]


def ingest(connection: psycopg.Connection, source: str, now: datetime) -> Ingest:
    """How the reporting of a platform does."""
    standing = platforms.get(connection, scope_of(source))
    parked, last_parked_at = _one(connection, "parked_now", {"source": source, "limit": COUNTED_MAX})
    last_refused_at = _one(connection, "last_refused", {"source": source})[0]
    recorded_at = standing.last_recorded_at if standing else None
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    span = ((first - _EPOCH).days, (today - _EPOCH).days)
    return Ingest(
        accepted=standing.events if standing else 0,
        parked=parked,
        refused_ever=_one(connection, "refused_ever", {"source": source})[0],
        last_received_at=max(filter(None, (last_parked_at, last_refused_at, recorded_at)), default=None),
        last_happened_at=standing.last_happened_at if standing else None,
        last_recorded_at=recorded_at,
        days=span,
        events=[(each.day, each.events) for each in platforms.activity(connection, scope_of(source), *span)],
        refused=[
            RefusedOn(*row) for row in connection.execute(SQL["refused_by_day"], {"source": source, "first": first})
        ],
        lateness=_lateness(sent(connection, source, (), None, LATE_EVENTS)),
    )


def counts(connection: psycopg.Connection, source: str) -> tuple[int, int]:
    """How many are parked now, at most COUNTED_MAX, and how many were ever refused."""
    parked, _ = _one(connection, "parked_now", {"source": source, "limit": COUNTED_MAX})
    return parked, _one(connection, "refused_ever", {"source": source})[0]


def _one(connection: psycopg.Connection, block: str, asked: dict[str, Any]) -> tuple[Any, ...]:
    """The only row; of nothing where there is none."""
    return connection.execute(SQL[block], asked).fetchone() or (None, None)


def _lateness(newest: Sequence[Sent]) -> Lateness:
    """A clock that runs ahead makes an event early: it counts as no delay."""
    late = sorted(max(each.recorded_at - each.happened_at, timedelta()) for each in newest)
    if not late:
        return Lateness(0, None, None, (0, 0, 0, 0))
    hour, day, week = (sum(each <= most for each in late) for most in _BANDS)
    ninth = late[(9 * len(late) + 9) // 10 - 1]
    bands = (hour, day - hour, week - day, len(late) - week)
    return Lateness(len(late), late[(len(late) - 1) // 2], ninth, bands)
