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


def days(connection: psycopg.Connection[Any], platform: str, cutoff: int) -> list[Reconciled]:
    """Every day with a statement, as known at position `cutoff`, oldest first, by currency.

    All from the beginning: since when a difference has been there is told by the days before it. Call inside a snapshot.
    """
    asked = {"platform": platform, "cutoff": cutoff}
    found = fetch.many(connection, SQL["statements"], Held, asked)
    return [
        reconciled
        for currency, held in groupby(found, key=lambda each: each.currency)
        for reconciled in _explained(connection, asked, currency, list(held))
    ]


def lines(
    connection: psycopg.Connection[Any],
    platform: str,
    cutoff: int,
    day: Reconciled,
    after: tuple[datetime, int] = (NEVER, 0),
    limit: int = fetch.PAGE_ROWS,
) -> list[Moved]:
    """What moved between the statement before and this one, behind `after` (both of a line), by valid time."""
    behind = {"after_at": after[0], "after": after[1], "limit": limit}
    return fetch.many(connection, SQL["lines"], Moved, {**_between(platform, cutoff, day), **behind})


def by_type(connection: psycopg.Connection[Any], platform: str, cutoff: int, day: Reconciled) -> list[ByType]:
    """The same lines, added up by the kind of event."""
    return fetch.many(connection, SQL["by_type"], ByType, _between(platform, cutoff, day))


def position_at(connection: psycopg.Connection[Any], known_at: datetime) -> int:
    """The last position that was recorded by `known_at`; 0 where nothing was."""
    row = connection.execute(SQL["position_at"], {"known_at": known_at}).fetchone()
    assert row is not None, "an aggregate has one row"
    return int(row[0])


def _between(platform: str, cutoff: int, day: Reconciled) -> dict[str, Any]:
    held = day.held
    return {
        "platform": platform, "currency": held.currency, "cutoff": cutoff, "since": day.since, "as_of": held.as_of,
    }  # fmt: skip


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
