"""Folds a view a second time, apart from the live one, and compares: for `fsck`, and for whoever doubts a rebuild."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from projections import schemas
from projections.base import View
from projections.feed import BATCH_EVENTS_MAX, Batch
from projections.following import SQL, Follower, connect
from projections.snapshots import snapshot

CHECK = "__check"


@dataclass(frozen=True, slots=True)
class Digest:
    """What is in a table, whatever the order: how many rows, and the sum of their hashes."""

    rows: int
    hash: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A table that is not what the log says it should be at `position`."""

    view: str
    table: str
    position: int
    stored: Digest | None
    derived: Digest | None


class AuditFailed(Exception):
    """The comparison could not be made; the message says why."""


def audit(dsn: str, view: View) -> list[Difference]:
    """Derive the view again from the first event to where the live one stands; the tables in which they differ.

    Writers and readers go on meanwhile: the live view is read in one snapshot. Raises AuditFailed.
    """
    with connect(dsn) as live, connect(dsn) as derived, snapshot(live, view.NAME) as position:
        follower = Follower(view, CHECK)
        if not follower.take(derived):
            raise AuditFailed(f"View {view.NAME!r} is being audited by another process; wait for it.")
        try:
            _derive(derived, follower, position)
            stored, again = digests(live, view.NAME), digests(derived, view.NAME + CHECK)
        finally:
            schemas.discard(derived, view.NAME + CHECK)
    return [
        Difference(view.NAME, table, position, stored.get(table), again.get(table))
        for table in sorted(stored.keys() | again.keys())
        if stored.get(table) != again.get(table)
    ]


def _derive(connection: psycopg.Connection[Any], follower: Follower, until: int) -> None:
    schemas.discard(connection, follower.name)  # of an audit that was killed
    schemas.create(connection, follower.view, follower.name, "building")
    follower.load(connection)
    while follower.position < until:
        batch = Batch.read(connection, follower.position, min(BATCH_EVENTS_MAX, until - follower.position))
        if not follower.follow(connection, batch):
            rows = {row[0]: row for row in connection.execute(SQL["status"]).fetchall()}
            raise AuditFailed(f"View {follower.view.NAME!r} can't be derived: {rows[follower.name][4]}")


def digests(connection: psycopg.Connection[Any], name: str) -> dict[str, Digest]:
    """A digest of each table of a view (or of `<view>__next`)."""
    found = {}
    for table in schemas.tables(connection, name):
        statement = sql.SQL(SQL["digest"]).format(schema=sql.Identifier(f"view_{name}"), table=sql.Identifier(table))
        row = connection.execute(statement).fetchone()
        assert row is not None
        found[table] = Digest(row[0], int(row[1]))
    return found
