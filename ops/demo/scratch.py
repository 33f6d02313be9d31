"""A database of the demo's own on a server that somebody else runs (CROWDLEDGER_DATABASE_URL)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ledger.kernel import named_sql
from ops.demo.errors import DemoError

SQL = named_sql.load(Path(__file__).with_name("demo.sql"))


@contextmanager
def database(url: str, say: Callable[[str], None]) -> Iterator[str]:
    """The DSN of a fresh database, dropped at the end; the given one where it is empty and none may be made."""
    name = f"crowdledger_demo_{secrets.token_hex(4)}"
    try:
        made = _make(url, name)
        if not made and _tables(url):
            raise DemoError(
                "The user of CROWDLEDGER_DATABASE_URL may not create databases, and the one it names is not empty. "
                "Name an empty database, grant CREATEDB, or unset it: then the demo brings its own PostgreSQL."
            )
    except psycopg.OperationalError as error:
        raise DemoError(
            f"The PostgreSQL of CROWDLEDGER_DATABASE_URL does not answer: {error}".rstrip()
            + " Start it, correct the address, or unset it: then the demo brings its own."
        ) from None
    if not made:
        say("no right to create a database: using the empty one that was given")
        yield url
        return
    say(f"made the database {name}; it is dropped when the demo ends")
    try:
        yield make_conninfo(url, dbname=name)
    finally:
        _run(url, "drop", name)


def _make(url: str, name: str) -> bool:
    try:
        _run(url, "create", name)
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def _tables(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(SQL["tables"]).fetchone()
        return int(row[0]) if row else 0


def _run(url: str, block: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL(SQL[block]).format(name=sql.Identifier(name)))
