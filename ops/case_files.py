"""Cases beside the log: their numbers, and their files, each sealed under a key of its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import psycopg
from psycopg_pool import ConnectionPool

from api.office import Casework
from ledger import identity
from ledger.identity import Box, Keys
from ledger.kernel import clock
from ledger.kernel.named_sql import load

SQL = load(Path(__file__).parent / "sql" / "case_files.sql")


def casework(pool: ConnectionPool[psycopg.Connection], keys: Keys) -> Casework:
    """The parts of cases that are no events, over a pool whose statements commit by themselves."""
    return Casework(
        next_number=partial(_next_number, pool),
        put_file=partial(_put, pool, keys),
        file=partial(_file, pool, keys),
        drop_file=partial(_drop, pool),
    )


def _next_number(pool: ConnectionPool[psycopg.Connection]) -> int:
    with pool.connection() as connection:
        row = connection.execute(SQL["next_case"]).fetchone()
    assert row is not None, "a sequence always has a next number"
    return int(row[0])


def _put(pool: ConnectionPool[psycopg.Connection], keys: Keys, case: str, evidence: str, content: bytes) -> None:
    box = identity.seal(keys, _label(case, evidence), content)
    row = {"evidence": evidence, "case_id": case, "now": clock.now(), **box._asdict()}
    with pool.connection() as connection:
        connection.execute(SQL["put_file"], row)


def _file(pool: ConnectionPool[psycopg.Connection], keys: Keys, case: str, evidence: str) -> bytes | None:
    with pool.connection() as connection:
        row = connection.execute(SQL["file"], {"evidence": evidence, "case_id": case}).fetchone()
    return None if row is None else identity.unseal(keys, _label(case, evidence), Box(*row))


def _drop(pool: ConnectionPool[psycopg.Connection], evidence: str) -> None:
    with pool.connection() as connection:
        connection.execute(SQL["drop_file"], {"evidence": evidence})


def _label(case: str, evidence: str) -> str:
    return f"case_file:{case}/{evidence}"
