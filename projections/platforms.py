"""View: standing and activity of each platform, its statements and monthly figures, what custody should hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from msgspec import UNSET, Struct
from psycopg.types.json import Jsonb

from ledger.events.custody import CustodyReported
from ledger.events.platforms import PlatformLicensed, PlatformRegistered
from ledger.events.reports import PlatformReported
from projections import base, fetch
from projections.base import given

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "platforms"
VERSION = 3
TYPES: frozenset[str] | None = None  # activity counts every event
SQL = base.load(NAME)

STANDINGS = frozenset(
    {"platform.registered", "platform.licensed", "platform.suspended", "platform.reinstated", "platform.closed"}
)
_PREFIX = "platform:"
_HELD = ("escrow/", "cash/")  # accounts of what a custodian should hold


class _Count(Struct):
    """What one platform sent in a batch; events come in order of position and of known time. The fields are columns."""

    platform: str
    first_position: int
    first_happened_at: datetime
    last_happened_at: datetime
    first_recorded_at: datetime
    last_recorded_at: datetime
    last_position: int = 0
    events: int = 0

    def add(self, event: Recorded) -> None:
        """Count one more event."""
        self.events += 1
        self.last_position, self.last_recorded_at = event.position, event.recorded_at
        if event.happened_at < self.first_happened_at:
            self.first_happened_at = event.happened_at
        elif event.happened_at > self.last_happened_at:
            self.last_happened_at = event.happened_at


class _Day(Struct):
    """Events of one platform on one day; the fields are columns."""

    platform: str
    basis: str
    day: int
    first_position: int
    last_position: int = 0
    events: int = 0


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Append statements and movements; count what each platform sent."""
    # Counting comes after folding: the platform's row may be of the same batch. Corrections count as events, too.
    base.fold(cursor, events, _fold, _correct)
    _count(cursor, events)


def _fold(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    standings, moves, months, custody = [], [], [], []
    for event in events:
        if event.postings:
            moves += _moves(event)
        elif event.type in STANDINGS:
            standings.append(event)
        elif event.type == "custody.reported":
            custody.append(event)
        elif event.type == "platform.reported":
            months.append(_month(event))
    if standings:
        _stand(cursor, standings)
    if custody:
        _report(cursor, custody)
    _hold(cursor, moves)
    if months:
        base.copy(cursor, SQL, "copy_months", months)


def _count(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    counts: dict[str, _Count] = {}
    days: dict[tuple[str, str, int], _Day] = {}
    for event in events:
        if not event.source.startswith(_PREFIX):
            continue
        name, position, happened, recorded = event.scope, event.position, event.happened_at, event.recorded_at
        count = counts.get(name)
        if count is None:
            count = counts[name] = _Count(name, position, happened, happened, recorded, recorded)
        count.add(event)
        for of in ((name, "happened", event.day), (name, "recorded", base.day_of(recorded))):
            day = days.get(of)
            if day is None:
                day = days[of] = _Day(*of, position)
            day.events += 1
            day.last_position = position
    if counts:
        cursor.execute(SQL["add_activity"], {"days": base.json([days[of] for of in sorted(days)])})
        cursor.execute(SQL["add_events"], {"counts": base.json([counts[name] for name in sorted(counts)])})


def _moves(event: Recorded) -> list[tuple[Any, ...]]:
    """What the event changed in a platform's `escrow/` and `cash/` accounts, where it did not only move within them."""
    sums: dict[tuple[str, str], list[int]] = {}
    for account, currency, amount in event.postings:
        if account.startswith(_HELD):
            root, platform, _ = account.split("/", 2)
            both = sums.setdefault((platform, currency), [0, 0])
            both[0] += amount
            both[1] += amount if root == "escrow" else 0
    return [
        (event.position, platform, currency, amount, escrow, event.happened_at, event.day)
        for (platform, currency), (amount, escrow) in sums.items()
        if amount or escrow
    ]


def _hold(cursor: Cursor[Any], moves: Sequence[tuple[Any, ...]]) -> None:
    """Each movement, and the sums of whole months: nobody adds up years to know what lies there now."""
    if not moves:
        return
    base.copy(cursor, SQL, "copy_custody_moves", moves)
    sums: dict[tuple[str, str, int], int] = {}
    for _, platform, currency, amount, _, _, day in moves:
        of = platform, currency, base.month_of(day)
        sums[of] = sums.get(of, 0) + amount
    rows = [
        {"platform": platform, "currency": currency, "month": month, "amount": amount}
        for (platform, currency, month), amount in sorted(sums.items())
    ]
    cursor.execute(SQL["add_held"], {"sums": base.json(rows)})


def _stand(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    registered, rows = [], []
    named: dict[str, None] = {}
    for event in events:
        data, step = cast("Any", event.data), event.type[9:]
        named[data.platform] = None
        licence, valid_to, kinds = None, None, None
        if isinstance(data, PlatformRegistered):
            kinds = list(data.kinds)
            registered.append(
                (
                    data.platform, f"{_PREFIX}{data.platform}", data.name, kinds, data.jurisdiction, given(data.region),
                    "registered", event.position, event.happened_at, 0,
                )
            )  # fmt: skip
        elif isinstance(data, PlatformLicensed):
            kinds = list(data.kinds) if data.kinds is not UNSET else None
            licence = given(data.licence)
            valid_to = date.fromisoformat(data.valid_to) if data.valid_to is not UNSET else None
        reason = getattr(data, "reason", None)
        rows.append(
            (event.position, data.platform, step, kinds, licence, valid_to, reason, event.happened_at, event.day)
        )
    if registered:
        base.copy(cursor, SQL, "copy_platforms", registered)
    base.copy(cursor, SQL, "copy_standings", rows)
    for platform in named:
        cursor.execute(SQL["restate"], {"platform": platform})


def _report(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    moments = base.moments(cursor, {event.position: cast("CustodyReported", event.data).as_of for event in events})
    rows = []
    for event in events:
        data = cast("CustodyReported", event.data)
        rows.append(
            (
                event.position, event.scope, data.account, data.currency, data.balance, data.as_of,
                moments[event.position], base.day_of(date.fromisoformat(data.as_of[:10])), event.happened_at, event.day,
                base.day_of(event.recorded_at),
            )
        )  # fmt: skip
    base.copy(cursor, SQL, "copy_custody", rows)


def _month(event: Recorded) -> tuple[Any, ...]:
    data = cast("PlatformReported", event.data)
    return (
        event.position, event.scope, data.month, Jsonb(data.metrics), event.happened_at, event.day,
        base.day_of(event.recorded_at),
    )  # fmt: skip


def _correct(cursor: Cursor[Any], correction: base.Correction) -> None:
    original = correction.original
    positions = {"by": correction.position, "of": original.position}
    # Like a posting, what is moved back counts from the day of what it takes back.
    undone = correction.event._replace(happened_at=original.happened_at, day=original.day)
    _hold(cursor, _moves(undone))
    if original.type in STANDINGS:
        row = cursor.execute(SQL["correct_standing"], positions).fetchone()
        if row is not None:
            cursor.execute(SQL["restate"], {"platform": row[0]})
    elif original.type == "custody.reported":
        cursor.execute(SQL["correct_custody"], positions)
    elif original.type == "platform.reported":
        cursor.execute(SQL["correct_month"], positions)


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform's standing, and what it sent so far."""

    platform: str
    key: str
    name: str
    kinds: list[str]
    jurisdiction: str
    region: str | None
    status: str
    registered_position: int
    registered_at: datetime
    licence: str | None
    licence_valid_to: date | None
    events: int
    last_position: int | None
    first_happened_at: datetime | None
    last_happened_at: datetime | None
    last_recorded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Day:
    """How many events fell on a day (days since 1970-01-01)."""

    day: int
    events: int


@dataclass(frozen=True, slots=True)
class Custody:
    """What custodians last reported (None: never) and what should be there now, by the log; `escrow` is part of it."""

    currency: str
    reported: int | None
    as_of: datetime | None
    derived: int
    escrow: int


@dataclass(frozen=True, slots=True)
class Month:
    """A platform's own figures of a month (YYYY-MM), as last stated."""

    month: str
    metrics: dict[str, int | float]
    position: int
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A step of a platform's standing: registered, licensed, suspended, reinstated, closed."""

    position: int
    step: str
    kinds: list[str] | None
    licence: str | None
    valid_to: date | None
    reason: str | None
    happened_at: datetime
    corrected_position: int | None


def listed(connection: psycopg.Connection[Any]) -> list[Platform]:
    """All platforms, by id."""
    return fetch.many(connection, SQL["all"], Platform, {"platform": None})


def get(connection: psycopg.Connection[Any], platform: str) -> Platform | None:
    """One platform by its id."""
    return fetch.one(connection, SQL["all"], Platform, {"platform": platform})


def activity(
    connection: psycopg.Connection[Any], platform: str, first_day: int, last_day: int, basis: str = "recorded"
) -> list[Day]:
    """Events per day; `basis` is `recorded` (days in UTC) or `happened` (days in the events' own offsets)."""
    asked = {"platform": platform, "basis": basis, "first_day": first_day, "last_day": last_day}
    return fetch.many(connection, SQL["activity"], Day, asked)


def custody(connection: psycopg.Connection[Any], platform: str) -> list[Custody]:
    """The last statement and what should be there now, by currency."""
    return fetch.many(connection, SQL["custody_now"], Custody, {"platform": platform})


def months(connection: psycopg.Connection[Any], platform: str) -> list[Month]:
    """What the platform stated about its months, in order."""
    return fetch.many(connection, SQL["months"], Month, {"platform": platform})


def standings(connection: psycopg.Connection[Any], platform: str) -> list[Standing]:
    """What the registry said of the platform, in order; taken back where corrected."""
    return fetch.many(connection, SQL["standings"], Standing, {"platform": platform})
