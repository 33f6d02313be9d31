"""A platform's keys, as its own people make and revoke them; each deed goes into the log of the door with it."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from uuid import UUID

from psycopg_pool import ConnectionPool

from api.access import AccessSecrets, Principal, digest, new_key
from api.door_log import by_user
from api.own import KEYS_MAX, OwnKey
from ledger.kernel import clock
from ledger.kernel.named_sql import load
from ops import door_log

SQL = load(Path(__file__).parent.parent / "sql" / "own.sql")
KEYS_SHOWN: Final = 100


class KeyDesk:
    """api.own.Keys over a pool."""

    def __init__(self, pool: ConnectionPool, secrets: AccessSecrets) -> None:
        self._pool = pool
        self._secrets = secrets

    def listed(self, source: str) -> list[OwnKey]:
        """The newest keys of the source, revoked ones included."""
        with self._pool.connection() as connection:
            rows = connection.execute(SQL["keys"], {"source": source, "limit": KEYS_SHOWN}).fetchall()
        return [OwnKey(*row) for row in rows]

    def create(self, source: str, name: str, by: Principal) -> str | None:
        """Make a key and give its text, which is nowhere else; None where KEYS_MAX are in use."""
        text = new_key("platform")
        values = {
            "id": clock.new_id(), "name": name, "source": source, "by": by.name, "now": clock.now(),
            "digest": digest(self._secrets.api_keys, text.encode()),
        }  # fmt: skip
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(SQL["hold_keys"], values)
            row = connection.execute(SQL["keys_in_use"], values).fetchone()
            if row is None or row[0] >= KEYS_MAX:
                return None
            connection.execute(SQL["add_key"], values)
            door_log.write(connection, by_user(by, "key_made", key=values["id"]))
        return text

    def revoke(self, source: str, key: UUID, by: Principal) -> bool:
        """Revoke a key of the source; servers refuse it within seconds."""
        values = {"source": source, "id": key, "by": by.name, "now": clock.now()}
        with self._pool.connection() as connection, connection.transaction():
            done = connection.execute(SQL["revoke_key"], values).fetchone() is not None
            if done:
                door_log.write(connection, by_user(by, "key_revoked", key=str(key)))
        return done
