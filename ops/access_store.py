"""Keys, users and sessions in PostgreSQL: what the api's gate asks, and what the command line writes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg_pool import ConnectionPool

from api.access import AccessSecrets, Principal, Role, StoredUser, digest, hash_password, new_key
from ledger.kernel import clock
from ledger.kernel.named_sql import load
from ops.settings import Settings

SQL = load(Path(__file__).parent / "sql" / "access.sql")


def secrets_of(settings: Settings) -> AccessSecrets:
    """A key per purpose, all derived from the settings' master."""
    return AccessSecrets(settings.secret("api-keys"), settings.secret("sessions"), settings.secret("csrf"))


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

    def find_user(self, name: str) -> StoredUser | None:
        """A user that is not disabled."""
        row = self._one("select_user", {"name": name})
        return StoredUser(Principal(*row[:-1]), row[-1]) if row else None

    def insert_session(self, digest: bytes, user_id: str, expires_at: datetime) -> None:
        """Keep a new session; those that have expired go with the same stroke."""
        now = clock.now()
        with self._pool.connection() as connection:
            connection.execute(SQL["delete_expired_sessions"], {"now": now})
            values = {"digest": digest, "user_id": user_id, "now": now, "expires_at": expires_at}
            connection.execute(SQL["insert_session"], values)

    def find_session(self, digest: bytes, now: datetime) -> Principal | None:
        """The user of a session that has not expired."""
        row = self._one("select_session", {"digest": digest, "now": now})
        return Principal(*row) if row else None

    def delete_session(self, digest: bytes) -> None:
        """End a session."""
        with self._pool.connection() as connection:
            connection.execute(SQL["delete_session"], {"digest": digest})

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
    return connection.execute(SQL["disable_user"], {"name": name, "now": clock.now()}).fetchone() is not None
