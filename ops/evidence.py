"""What the api shows of the signed tree."""

from __future__ import annotations

from pathlib import Path

import psycopg

from api.facts import AsOf, Read
from api.services import SealingStanding
from ledger.kernel.named_sql import load
from ledger.store import tree
from ledger.tiles import Tile

SQL = load(Path(__file__).parent / "sql" / "reads.sql")


def checkpoint(connection: psycopg.Connection) -> Read[str | None]:
    """The newest head with all its signatures, and how far it lags behind the log."""
    sealed, now = tree.latest(connection), standing(connection)
    if sealed is None:
        return Read(None, AsOf(0, now.lag_seconds))
    return Read(tree.with_cosignatures(connection, sealed)[0], AsOf(sealed.size, now.lag_seconds))


def bundle(connection: psycopg.Connection, tile: Tile, _size: int) -> bytes:
    """The entries under a tile."""
    return tree.entry_bundle(connection, tile)


def standing(connection: psycopg.Connection) -> SealingStanding:
    """How sealing stands."""
    row = connection.execute(SQL["sealing"]).fetchone()
    assert row is not None, "a LEFT JOIN on one row has one row"
    size, lag_seconds, witnessed, kind, reason = row
    stopped = kind == "stopped"
    state = "stopped" if stopped else "sealing" if size >= 0 else "waiting"
    return SealingStanding(state, max(size, 0), lag_seconds, witnessed, reason if stopped else None)
