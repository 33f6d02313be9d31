"""Alerts together: how those of a filter divide, what else is open beside one, what similar ones turned out to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from projections.alerts import SQL, Alert, Filters, asked, several
from projections.tallies import Group

if TYPE_CHECKING:
    import psycopg


def groups(connection: psycopg.Connection, filters: Filters) -> list[Group]:
    """The same alerts counted by rule, platform and severity: together they are as many as `count` says."""
    statement = "\n".join((SQL["groups"], SQL["asked"], SQL["by_group"]))
    return [Group(*row) for row in connection.execute(statement, asked(filters)).fetchall()]


def beside(connection: psycopg.Connection, alert: Alert, limit: int = 20) -> list[Alert]:
    """Other alerts that are not closed about the same subjects or the same platform, those that share most first."""
    shared = {"id": alert.id, "platform": alert.platform, "subject": alert.subject, "limit": limit}
    names = [name for (name,) in connection.execute(SQL["beside"], shared).fetchall()]
    return sorted(several(connection, names), key=lambda each: names.index(each.id))


def similar(connection: psycopg.Connection, alert: Alert, limit: int = 20) -> list[Alert]:
    """Closed alerts of the same rule or about the same subject, those that share both first."""
    shared = {"id": alert.id, "rule": alert.rule, "subject": alert.subject, "limit": limit}
    return [Alert(*row) for row in connection.execute(SQL["similar"], shared).fetchall()]
