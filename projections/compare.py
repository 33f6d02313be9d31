"""Holds a view that was derived anew against the live one, table by table, at the same position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from projections import schemas
from projections.feed import BATCH_EVENTS_MAX, Batch
from projections.following import SQL, Follower
from projections.snapshots import snapshot


@dataclass(frozen=True, slots=True)
class Digest:
    """What is in a table, whatever the order: how many rows, and the sum of their hashes."""

    rows: int
    hash: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A table of the live view that is not what the log says it should be at `position`."""

    view: str
    table: str
    position: int
    stored: Digest | None
    derived: Digest | None

    def __str__(self) -> str:
        stored, derived = (each.rows if each else "no" for each in (self.stored, self.derived))
        return f"{self.view}.{self.table} at position {self.position}: {stored} rows stored, {derived} derived"


def differences(
    live: psycopg.Connection[Any], derived: psycopg.Connection[Any], follower: Follower
) -> list[Difference] | None:
    """The tables in which the live view and the follower's differ; None where they can't be brought to one position.

    Writers, folds and readers go on meanwhile: the live view is read in one snapshot, and the follower is brought to
    just that position.
    """
    view = follower.view
    with snapshot(live, view.NAME) as position:
        row = live.execute(SQL["cursor"], {"name": view.NAME}).fetchone()
        if row is None or row[1] != view.VERSION or follower.position > position:
            return None
        while follower.position < position:
            batch = Batch.read(derived, follower.position, min(BATCH_EVENTS_MAX, position - follower.position))
            if not follower.follow(derived, batch):
                return None
        stored, again = digests(live, view.NAME), digests(derived, follower.name)
    return [
        Difference(view.NAME, table, position, stored.get(table), again.get(table))
        for table in sorted(stored.keys() | again.keys())
        if stored.get(table) != again.get(table)
    ]


def digests(connection: psycopg.Connection[Any], name: str) -> dict[str, Digest]:
    """A digest of each table of a view (or of `<view>__next`)."""
    found = {}
    for table in schemas.tables(connection, name):
        statement = sql.SQL(SQL["digest"]).format(schema=sql.Identifier(f"view_{name}"), table=sql.Identifier(table))
        row = connection.execute(statement).fetchone()
        assert row is not None
        found[table] = Digest(row[0], int(row[1]))
    return found
