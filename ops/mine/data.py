"""What the log has of one person, for her own copy of it."""

from __future__ import annotations

from pathlib import Path

import psycopg

from api.access import Herself
from ledger.kernel.named_sql import load
from ledger.recorded import Recorded
from ledger.store import reading
from ops.her_parties import parties

SQL = load(Path(__file__).parents[1] / "sql" / "mine.sql")
_LOOKS_MAX = 300


def events(connection: psycopg.Connection, her: Herself, after: int, limit: int) -> list[Recorded]:
    """Events that concern any of her parties, in order."""
    asked = {"parties": parties(connection, her), "after": after, "limit": limit}
    return [reading.recorded(row) for row in connection.execute(SQL["events"], asked)]


def looks(connection: psycopg.Connection, her: Herself) -> list[Recorded]:
    """The last looks at what identifies her."""
    asked = {"names": [*parties(connection, her), f"person:{her.person}"], "limit": _LOOKS_MAX}
    return [reading.recorded(row) for row in connection.execute(SQL["looks"], asked)]
