"""Applies ops/migrations/NNNN_name.sql in order: once each, in a transaction each, under one lock, frozen by hash."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import psycopg
import structlog

from ledger.kernel import named_sql

FOLDER = Path(__file__).with_name("migrations")
QUERIES = named_sql.load(Path(__file__).with_name("migrate.sql"))
APP_ROLE = "crowdledger_app"

_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
# A migration that can't get its lock has to fail at once: while it waits, every reader queues up behind it.
_LOCK_TIMEOUT = re.compile(r"^SET LOCAL lock_timeout = '[^']+';$", re.MULTILINE)

_log = structlog.get_logger(__name__)


class MigrationError(Exception):
    """The database and the program's migrations do not fit together; the message says which and what to do."""


@dataclass(frozen=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """What freezes it: the same text under any line endings."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.number:04d}_{self.name}"


def migrate(dsn: str, folder: Path = FOLDER, upto: int | None = None) -> list[str]:
    """Bring a database up to date and return the names of what was applied now. Safe to call from many processes.

    `upto` stops after the migration of that number: what a backup was made under.
    """
    wanted = load(folder)[:upto]
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(QUERIES["lock"])
        try:
            return _migrate(connection, wanted)
        finally:
            if not connection.broken:
                connection.execute(QUERIES["unlock"])


def load(folder: Path = FOLDER) -> list[Migration]:
    """Read the folder's migrations in order. Raises MigrationError on a bad name, a double number or a gap."""
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            raise MigrationError(f"{path.name} is not named like 0007_short_name.sql. Rename it.")
        text = path.read_text(encoding="utf-8")
        if _LOCK_TIMEOUT.search(text) is None:
            raise MigrationError(
                f"{path.name} waits for locks without end. Begin it with: SET LOCAL lock_timeout = '5s';"
            )
        found.append(Migration(int(match.group(1)), match.group(2), text))
    for expected, migration in enumerate(found, start=1):
        if migration.number != expected:
            what = "stands twice" if migration.number < expected else f"comes where {expected:04d} is missing"
            raise MigrationError(f"Migration {migration.number:04d} {what} in {folder.name}/. Renumber the files.")
    return found


def _migrate(connection: psycopg.Connection, wanted: list[Migration]) -> list[str]:
    has_role = _ensure_role(connection)
    connection.execute(QUERIES["create_history"])
    applied = connection.execute(QUERIES["history"]).fetchall()
    _check_history(applied, wanted)
    done = []
    for migration in wanted[len(applied) :]:
        _apply(connection, migration)
        done.append(str(migration))
    if has_role:
        connection.execute(QUERIES["grant_schema"])
    return done


def _check_history(applied: list[tuple[int, str, str]], wanted: list[Migration]) -> None:
    """What was applied has to be a beginning of what is wanted, text for text."""
    if len(applied) > len(wanted):
        names = ", ".join(f"{number:04d}_{name}" for number, name, _ in applied[len(wanted) :])
        raise MigrationError(
            f"The database is newer than this program: it has {names}, which this version does not know. "
            "Run the newer version, or restore a backup made before the upgrade."
        )
    for position, (number, name, sha256) in enumerate(applied):
        migration = wanted[position]
        if number != migration.number:
            raise MigrationError(
                f"The database's history has a gap: number {number:04d} follows where {migration} was expected. "
                "Restore a backup whose history is whole."
            )
        if sha256 != migration.sha256:
            raise MigrationError(
                f"Migration {migration} was changed after it was applied (as {number:04d}_{name}). Put the old text "
                "back and write the change as a new migration; a database with nothing worth keeping may be dropped."
            )


def _apply(connection: psycopg.Connection, migration: Migration) -> None:
    try:
        with connection.transaction():
            # A file of this package, not a user's text.
            connection.execute(migration.text)
            connection.execute(
                QUERIES["record"], {"number": migration.number, "name": migration.name, "sha256": migration.sha256}
            )
    except psycopg.errors.LockNotAvailable as error:
        raise MigrationError(
            f"Migration {migration} did not get its lock in time: another session holds it. It was rolled back, "
            "nothing has changed; run it again when less is going on."
        ) from error
    except psycopg.Error as error:
        raise MigrationError(f"Migration {migration} failed and was rolled back: {str(error).strip()}") from error
    _log.info("migration_applied", name=str(migration))


def _ensure_role(connection: psycopg.Connection) -> bool:
    """Make the role that the pool works under; False, with a warning, where this user may not."""
    try:
        connection.execute(QUERIES["ensure_role"])
        connection.execute(QUERIES["join_role"])
    except psycopg.errors.InsufficientPrivilege as error:
        _log.warning(
            "role_not_available",
            role=APP_ROLE,
            reason=str(error).strip(),
            consequence="append-only is then kept by the trigger alone, not also by grant",
            way_out=f"as a superuser: CREATE ROLE {APP_ROLE} NOLOGIN; GRANT {APP_ROLE} TO <the user of the DSN>",
        )
        return False
    return True
