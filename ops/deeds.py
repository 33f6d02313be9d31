"""What people did, from the log and from the door's table, by time; the statements are in sql/deeds.sql."""

from __future__ import annotations

import json
from heapq import merge
from itertools import islice
from pathlib import Path

import psycopg

from api.deeds import AskedDeeds, BeforeDeed, Deed
from ledger.kernel.named_sql import load

SQL = load(Path(__file__).parent / "sql" / "deeds.sql")


def deeds(connection: psycopg.Connection, asked: AskedDeeds, before: BeforeDeed | None, limit: int) -> list[Deed]:
    """The newest first, below `before` in both."""
    position, number = before or (None, None)
    found = merge(
        _acts(connection, asked, position, limit) if asked.log else [],
        _door(connection, asked, number, limit) if asked.door else [],
        key=lambda deed: deed.at,
        reverse=True,
    )
    return list(islice(found, limit))


def _acts(connection: psycopg.Connection, asked: AskedDeeds, before: int | None, limit: int) -> list[Deed]:
    types = None if asked.types is None else list(asked.types)
    values = {**asked._asdict(), "types": types, "before": before, "limit": limit}
    found = []
    for position, at, kind, body in connection.execute(SQL["acts"], values):
        data = json.loads(body)["data"]
        found.append(Deed(at, data.pop("by", None), kind, data, position, None))
    return found


def _door(connection: psycopg.Connection, asked: AskedDeeds, before: int | None, limit: int) -> list[Deed]:
    values = {"who": asked.who, "since": asked.since, "until": asked.until, "before": before, "limit": limit}
    rows = connection.execute(SQL["door"], values)
    return [Deed(at, who, what, about, None, number) for number, at, who, what, about in rows]
