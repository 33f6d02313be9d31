"""A database of the bench's own on the server that is configured: made, migrated, dropped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ledger.kernel import clock
from ops.bench.copy_limit import SQL
from ops.migrate import migrate


@contextmanager
def scratch_database(dsn: str) -> Iterator[str]:
    """The DSN of an empty, migrated database; durability is the server's own, nothing is switched off for speed."""
    name = f"crowdledger_bench_{clock.new_id().replace('-', '')[:20]}"
    _administer(dsn, "create_database", name)
    try:
        target = make_conninfo(dsn, dbname=name)
        migrate(target)
        yield target
    finally:
        _administer(dsn, "drop_database", name)


def _administer(dsn: str, block: str, name: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL(SQL[block]).format(name=sql.Identifier(name)))
