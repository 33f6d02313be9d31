"""Keys, users and sessions in PostgreSQL: what the api's gate asks, and what the command line writes."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg
from psycopg_pool import ConnectionPool

from api.access import AccessSecrets, Principal, Role, StoredSession, digest, door_digest, hash_password, new_key
from api.door_log import Note
from ledger.kernel import clock
from ledger.kernel.named_sql import load
from ops import door_log
from ops.settings import Settings

SQL = load(Path(__file__).parent / "sql" / "access.sql")
SEEN_EVERY: Final = timedelta(minutes=1)


def secrets_of(settings: Settings) -> AccessSecrets:
    """A key per purpose, all derived from the settings' master."""
    return AccessSecrets(
        settings.secret("api-keys"), settings.secret("sessions"), settings.secret("csrf"), settings.secret("door")
    )


class PostgresAccessStore:
    """api.access.AccessStore over a pool."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def find_key(self, digest: bytes) -> Principal | None:
        """The holder of a key that is not revoked."""
        values = {"digest": digest, "now": clock.now()}
        with self._pool.connection() as connection:
            row = connection.execute(SQL["select_key"], values).fetchone()
            if row is None:
                return None
            *who, unnoted = row
            if unnoted:
                connection.execute(SQL["use_key"], values)
        return Principal(*who)

    def find_session(self, digest: bytes, now: datetime, *, quiet: bool) -> StoredSession | None:
        """A session that still holds, used now unless `quiet`; written once a minute, not with every page."""
        with self._pool.connection() as connection:
            values = {"digest": digest, "now": now, "before": now - SEEN_EVERY}
            row = connection.execute(SQL["select_session"], values).fetchone()
            if row is None:
                return None
            *who, method, last_seen_at, sources = row
            if not quiet and last_seen_at < values["before"]:
                connection.execute(SQL["touch_session"], values)
            scopes = None if sources is None else tuple(each.removeprefix("platform:") for each in sources)
            return StoredSession(Principal(*who)._replace(scopes=scopes), method)

    def end_session(self, digest: bytes) -> None:
        """End a session, and note it."""
        with self._pool.connection() as connection:
            row = connection.execute(SQL["delete_session"], {"digest": digest}).fetchone()
            if row is not None:
                door_log.write(connection, Note("signed_out", user_id=row[0], role=row[1]))

    def _one(self, block: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
        with self._pool.connection() as connection:
            return connection.execute(SQL[block], values).fetchone()


class KeyRow(NamedTuple):
    """A key as the command line lists it."""

    id: str
    name: str
    role: str
    source: str | None
    created_at: datetime
    revoked_at: datetime | None


class UserRow(NamedTuple):
    """A user as the command line lists it."""

    id: str
    name: str
    role: str
    source: str | None
    person: str | None
    created_at: datetime
    disabled_at: datetime | None
    enrolled_at: datetime | None
    issuer: str | None


def create_key(
    connection: psycopg.Connection, secrets: AccessSecrets, *, role: Role, name: str, source: str | None
) -> str:
    """Make a key and return its text, which is nowhere else. The table's constraints check role and source."""
    text = new_key(role)
    values = {
        "id": clock.new_id(),
        "name": name,
        "role": role,
        "source": source,
        "digest": digest(secrets.api_keys, text.encode()),
        "now": clock.now(),
    }
    connection.execute(SQL["insert_key"], values)
    return text


def list_keys(connection: psycopg.Connection) -> list[KeyRow]:
    """All keys, oldest first; never their text."""
    return [KeyRow(*row) for row in connection.execute(SQL["select_keys"])]


def revoke_key(connection: psycopg.Connection, key: str) -> int:
    """Revoke by id or by name; returns how many were. A server forgets them within seconds."""
    return len(connection.execute(SQL["revoke_keys"], {"key": key, "now": clock.now()}).fetchall())


def create_user(
    connection: psycopg.Connection, *, role: Role, name: str, password: str, source: str | None, person: str | None
) -> None:
    """Make a user. Raises psycopg.errors.UniqueViolation where the name is taken."""
    values = {
        "id": clock.new_id(),
        "name": name,
        "role": role,
        "source": source,
        "person": person,
        "password_hash": hash_password(password),
        "now": clock.now(),
    }
    connection.execute(SQL["insert_user"], values)


def list_users(connection: psycopg.Connection) -> list[UserRow]:
    """All users by name."""
    return [UserRow(*row) for row in connection.execute(SQL["select_users"])]


def disable_user(connection: psycopg.Connection, name: str) -> bool:
    """Disable a user; False where there is none. Open sessions end within seconds."""
    row = connection.execute(SQL["disable_user"], {"name": name, "now": clock.now()}).fetchone()
    return _settled(connection, row, "user_disabled")


def reset_password(connection: psycopg.Connection, secrets: AccessSecrets, name: str, password: str) -> bool:
    """Give a user a new password; False where none has one. Sessions end, failures are forgotten."""
    values = {"name": name, "password_hash": hash_password(password), "now": clock.now()}
    row = connection.execute(SQL["reset_password"], values).fetchone()
    if row is not None:
        buckets = [door_digest(secrets, "all", name), door_digest(secrets, "code", row[0])]
        connection.execute(SQL["forget_failures"], {"buckets": buckets})
    return _settled(connection, row, "password_reset")


def reset_totp(connection: psycopg.Connection, name: str) -> bool:
    """Take away a second factor with its recovery codes; False where there is none. Sessions end."""
    row = connection.execute(SQL["reset_totp"], {"name": name}).fetchone()
    if row is not None:
        connection.execute(SQL["drop_recovery_codes"], {"user_id": row[0]})
    return _settled(connection, row, "totp_reset")


def _settled(connection: psycopg.Connection, row: tuple[Any, ...] | None, what: str) -> bool:
    """End whatever the user had open, and note who did it."""
    if row is None:
        return False
    for block in ("drop_sessions", "drop_pending"):
        connection.execute(SQL[block], {"user_id": row[0]})
    door_log.write(connection, Note(what, user_id=row[0], role=row[1], about={"by": "operator"}))
    return True
