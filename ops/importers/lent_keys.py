"""Keys for the length of one import, for an operator whose machine has the ledger's database: nobody copies secrets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import psycopg

from api.access import AccessSecrets, Role
from ledger.kernel import clock
from ops import access_store
from ops.importers.base import REGISTRY
from ops.migrate import migrate
from ops.postgres import database
from ops.settings import Settings


class LentKeys:
    """Makes a key the first time a source is asked for. They all have one name, by which they are revoked."""

    def __init__(self, connection: psycopg.Connection, secrets: AccessSecrets) -> None:
        self.name = f"import-{clock.new_id()}"
        self._connection = connection
        self._secrets = secrets
        self._made: dict[str, str] = {}
        self._lock = Lock()

    def find(self, source: str) -> str:
        """The key to send this source's events with."""
        with self._lock:
            if source not in self._made:
                role: Role = "regulator" if source == REGISTRY else "platform"
                key = access_store.create_key(self._connection, self._secrets, role=role, name=self.name, source=source)
                self._made[source] = key
            return self._made[source]

    def revoke(self) -> None:
        """End all of them."""
        access_store.revoke_key(self._connection, self.name)


@contextmanager
def lent_keys(settings: Settings) -> Iterator[LentKeys]:
    """Keys in the settings' database. After a `kill -9` they stay: `crowdledger keys revoke import-...` ends them."""
    with database(settings) as dsn:
        migrate(dsn)
        with psycopg.connect(dsn, autocommit=True) as connection:
            keys = LentKeys(connection, access_store.secrets_of(settings))
            try:
                yield keys
            finally:
                keys.revoke()
