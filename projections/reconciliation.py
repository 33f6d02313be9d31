"""Reconciliation of custody by day, per platform and currency: reported against derived, explained line by line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

import psycopg

from projections import base, fetch
from projections.differences import SETTLEMENT, Difference, Line, Statement, explain

SQL = base.load("reconciliation")
NEVER = datetime(1, 1, 1, tzinfo=UTC)
_HEAD = 2**63 - 1  # a position behind every event


@dataclass(frozen=True, slots=True)
class Held:
    """All accounts of a currency at the latest statement of a day, minor units.

    `positions`, `accounts` and `balances` run side by side; `stale` are the accounts without a statement of that day,
    whose last word, at most 35 days old, was taken.
    """

    currency: str
    day: int
    as_of: datetime
    reported: int
    positions: list[int]
    accounts: list[str]
    balances: list[int]
    stale: list[str]
    derived: int


class Reconciled(NamedTuple):
    """One day: what was held, why it differs, and the moment of the statement before (NEVER for the first)."""

    held: Held
    difference: Difference
    since: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """A line of the books: `amount` in minor units, positive where the custodian should have got money."""

    position: int
    happened_at: datetime
    recorded_at: datetime
    source: str
    id: str
    type: str
    amount: int


@dataclass(frozen=True, slots=True)
class ByType:
    """Lines of one kind of event, and their sum."""

    type: str
    lines: int
    amount: int


@dataclass(frozen=True, slots=True)
class _Named:
    platform: str


class Account(NamedTuple):
    """A day with its lines: `by_type` adds up all of them, `lines` is one page."""

    reconciled: Reconciled
    by_type: list[ByType]
    lines: list[Moved]


def days(connection: psycopg.Connection[Any], platform: str, known_at: datetime | None = None) -> list[Reconciled]:
    """Every day with a statement, as known at `known_at` (None: now), by currency, oldest first.

    All from the beginning: since when a difference is there is told by the days before it. Call inside a snapshot.
    """
    return days_at(connection, platform, position_at(connection, known_at))


def latest(connection: psycopg.Connection[Any]) -> list[tuple[str, Reconciled]]:
    """The last day of each platform and currency; inside a snapshot."""
    platforms = fetch.many(connection, SQL["platforms"], _Named, {})
    return [
        (each.platform, list(of_currency)[-1])
        for each in platforms
        for _, of_currency in groupby(days(connection, each.platform), key=lambda day: day.held.currency)
    ]


def account(
    connection: psycopg.Connection[Any],
    platform: str,
    day: int,
    currency: str,
    known_at: datetime | None = None,
    after: tuple[datetime, int] = (NEVER, 0),
    limit: int = fetch.PAGE_ROWS,
) -> Account | None:
    """One day, line by line: what moved since the statement before, behind `after` (both of a line), by valid time.

    None where the platform has no statement in that currency for the day.
    """
    cutoff = position_at(connection, known_at)
    found = [e for e in days_at(connection, platform, cutoff) if (e.held.day, e.held.currency) == (day, currency)]
    if not found:
        return None
    (reconciled,) = found
    between = {
        "platform": platform, "currency": currency, "cutoff": cutoff,
        "since": reconciled.since, "as_of": reconciled.held.as_of,
    }  # fmt: skip
    page = {**between, "after_at": after[0], "after": after[1], "limit": limit}
    return Account(
        reconciled,
        fetch.many(connection, SQL["by_type"], ByType, between),
        fetch.many(connection, SQL["lines"], Moved, page),
    )


def position_at(connection: psycopg.Connection[Any], known_at: datetime | None) -> int:
    """Where the log ended at a moment of known time; behind every event where none is given."""
    if known_at is None:
        return _HEAD
    row = connection.execute(SQL["position_at"], {"known_at": known_at}).fetchone()
    assert row is not None, "an aggregate has one row"
    return int(row[0])


def days_at(connection: psycopg.Connection[Any], platform: str, cutoff: int) -> list[Reconciled]:
    """The same as `days`, as known at a position."""
    asked = {"platform": platform, "cutoff": cutoff}
    found = fetch.many(connection, SQL["statements"], Held, asked)
    return [
        reconciled
        for currency, held in groupby(found, key=lambda each: each.currency)
        for reconciled in _explained(connection, asked, currency, list(held))
    ]


def _explained(
    connection: psycopg.Connection[Any], asked: dict[str, Any], currency: str, held: Sequence[Held]
) -> Iterator[Reconciled]:
    near = _near(connection, asked, currency, [each for each in held if each.reported != each.derived])
    statements = [Statement(e.day, e.as_of, e.reported, e.derived, near.get(e.day, ())) for e in held]
    since = [NEVER, *(each.as_of for each in held)]
    return map(Reconciled, held, explain(statements), since)


def _near(
    connection: psycopg.Connection[Any], asked: dict[str, Any], currency: str, differing: Sequence[Held]
) -> dict[int, list[Line]]:
    found: defaultdict[int, list[Line]] = defaultdict(list)
    if differing:
        around = {
            "currency": currency,
            "days": [each.day for each in differing],
            "moments": [each.as_of for each in differing],
            "within": SETTLEMENT,
            "within_days": SETTLEMENT.days,
        }
        for day, *line in connection.execute(SQL["near"], {**asked, **around}):
            found[day].append(Line(*line))
    return found
