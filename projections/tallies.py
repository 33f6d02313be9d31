"""Alerts in numbers, from tables of the view `alerts`: what waits, and how many were opened per day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from projections import base

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

SQL = base.load("alerts")


class Count(NamedTuple):
    """How many alerts of a rule have a severity and a status."""

    rule: str
    severity: str
    status: str
    alerts: int


class Group(NamedTuple):
    """How many alerts there are of a rule about a platform, of one severity."""

    rule: str
    platform: str | None
    severity: str
    alerts: int


class Waiting(NamedTuple):
    """Alerts of a severity and status that wait since at least `days` days: 0, 1, 7 or 30, the largest that fits."""

    severity: str
    status: str
    days: int
    alerts: int


class Opened(NamedTuple):
    """Alerts opened on a day of valid time (days since 1970-01-01), by the severity of the first finding."""

    day: int
    severity: str
    alerts: int


def add(cursor: Cursor[Any], opened: Mapping[tuple[int, str], int]) -> None:
    """Count alerts that were opened, by day and severity."""
    rows = [Opened(*key, count)._asdict() for key, count in sorted(opened.items())]
    cursor.execute(SQL["add_opened"], {"rows": base.json(rows)})


def unsettled(connection: psycopg.Connection[Any], now: datetime) -> list[Waiting]:
    """How many alerts are not closed, by severity, status and how long they have waited at `now`."""
    return [Waiting(*row) for row in connection.execute(SQL["unsettled"], {"now": now}).fetchall()]


def opened(connection: psycopg.Connection[Any], first_day: int, last_day: int) -> list[Opened]:
    """How many alerts were opened per day; days without one are left out."""
    rows = connection.execute(SQL["opened"], {"first": first_day, "last": last_day}).fetchall()
    return [Opened(*row) for row in rows]


def counts(connection: psycopg.Connection[Any]) -> list[Count]:
    """How many alerts there are by rule, severity and status."""
    return [Count(*row) for row in connection.execute(SQL["counts"]).fetchall()]
