"""Questions to a running server: does it answer, has it our database, is it one that we can work with."""

from __future__ import annotations

from pathlib import Path

import psycopg
import structlog
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from ledger.kernel import named_sql
from ops.postgres.binaries import VERSION_MIN
from ops.postgres.errors import PostgresError

QUERIES = named_sql.load(Path(__file__).with_name("queries.sql"))
CONNECT_TIMEOUT_SECONDS = 10
WAY_OUT = "Correct CROWDLEDGER_DATABASE_URL, or unset it to use the embedded PostgreSQL."

_log = structlog.get_logger(__name__)


def answers(dsn: str) -> bool:
    """Whether a connection can be opened now."""
    try:
        psycopg.connect(dsn, connect_timeout=CONNECT_TIMEOUT_SECONDS).close()
    except psycopg.OperationalError:
        return False
    return True


def ensure_database(maintenance_dsn: str, name: str) -> None:
    """Create a database where it is not there yet."""
    with psycopg.connect(maintenance_dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_SECONDS) as connection:
        if connection.execute(QUERIES["database_exists"], {"name": name}).fetchone() is None:
            try:
                connection.execute(sql.SQL(QUERIES["create_database"]).format(name=sql.Identifier(name)))
            except psycopg.errors.DuplicateDatabase:
                _log.debug("database_made_by_another", name=name)


def check_external(dsn: str) -> None:
    """Raise PostgresError, naming the way out, where the server of the settings can't hold the ledger."""
    try:
        # Of a database in another encoding psycopg would hand out bytes.
        with psycopg.connect(dsn, connect_timeout=CONNECT_TIMEOUT_SECONDS, client_encoding="utf8") as connection:
            facts = connection.cursor(row_factory=dict_row).execute(QUERIES["server_facts"]).fetchone()
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise PostgresError(f"PostgreSQL at {address(dsn)} can't be used: {str(error).strip()}\n{WAY_OUT}") from error
    assert facts is not None, "a SELECT without FROM has one row"
    where = address(dsn)
    if facts["version"] < VERSION_MIN * 10_000:
        raise PostgresError(
            f"PostgreSQL at {where} is version {facts['version_text']}; {VERSION_MIN} or newer is needed. {WAY_OUT}"
        )
    if facts["encoding"] != "UTF8":
        raise PostgresError(
            f"The database at {where} is encoded in {facts['encoding']}; names in Chinese need UTF8. "
            f"Create one with: createdb --encoding=UTF8 --template=template0 NAME. {WAY_OUT}"
        )
    if facts["standby"]:
        raise PostgresError(f"PostgreSQL at {where} is a standby and takes no writes. Name its primary. {WAY_OUT}")
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        if facts[name] == "off":
            _log.warning("postgres_not_durable", setting=name, hint="an acknowledged event can be lost in a crash")


def address(dsn: str) -> str:
    """Host, port and database of a DSN, without its password."""
    try:
        parts = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        return "CROWDLEDGER_DATABASE_URL"
    host = parts.get("host") or parts.get("hostaddr") or "localhost"
    return f"{host}:{parts.get('port') or 5432}/{parts.get('dbname') or ''}"
