"""The table of what was done at the door: written by the api, read by the office."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb

from api.door_log import Entry, Note
from ledger.kernel import clock
from ledger.kernel.named_sql import load

SQL = load(Path(__file__).parent / "sql" / "door_log.sql")


def write(connection: psycopg.Connection, note: Note) -> None:
    """Keep a note, in the transaction of what it is about where there is one."""
    values = {**note._asdict(), "about": Jsonb(dict(note.about)), "now": clock.now()}
    connection.execute(SQL["insert_note"], values)


def page(connection: psycopg.Connection, before: int | None, limit: int, name: str | None = None) -> list[Entry]:
    """Lines numbered below `before`, newest first; of one user or key, where a name is given."""
    values = {"before": before, "limit": limit, "name": name}
    return [Entry(*row) for row in connection.execute(SQL["page" if name is None else "page_of"], values)]
