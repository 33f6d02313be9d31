"""The vault as the api is handed it: pools, master keys and the log's signing key behind plain functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg_pool import ConnectionPool

from api.services import Erased, Vault
from ledger import identity
from ledger.kernel import clock
from ledger.kernel.named_sql import load
from ledger.people import certificate
from ledger.people.relationship import KINDS, Mention, Relationship, relationship
from ledger.people.traces import Traces
from ledger.recorded import Recorded
from ledger.states.parties import Party
from ledger.store import reading, tree, vault
from ops.keyring import keyring
from ops.settings import Settings

SQL = load(Path(__file__).parent / "sql" / "people.sql")
_PAGE = 500
_UNSIGNED = "crowdledger"  # the name of a log that has not signed anything yet
T = TypeVar("T")


def door(settings: Settings, dsn: str, pool: ConnectionPool) -> Vault:
    """The vault over a read-only pool; what it forgets goes through connections of its own."""
    keys = keyring(settings)

    def ask(reader: Callable[..., T]) -> Callable[..., T]:
        def asked(*args: Any) -> T:
            with pool.connection() as connection:
                vault.hold(connection)
                return reader(connection, *args)

        return asked

    return Vault(
        person=partial(identity.person, settings.secret("identity")),
        parties=ask(vault.of_person),
        opened=ask(partial(_opened, keys)),
        relationship=ask(_relationship),
        retention_years=settings.retention_years,
        forget=partial(_forget, dsn, keys),
        sweep=partial(_sweep, dsn),
        erased=ask(_erased),
        sign=ask(partial(_sign, settings)),
        events=ask(_events),
    )


def _opened(keys: identity.Keys, connection: psycopg.Connection, parties: Sequence[str]) -> dict[str, dict[str, Any]]:
    return vault.opened(connection, keys, parties)


def _relationship(connection: psycopg.Connection, party: str, state: Party) -> Relationship:
    rows = connection.execute(SQL["mentions"], {"party": party}).fetchall()
    mentions = [Mention(*row) for row in rows]
    keys = {tag for each in mentions for tag in each.tags if tag.startswith(KINDS)}
    states = {}
    ordered = sorted(keys)
    for start in range(0, len(ordered), _PAGE):
        states.update(reading.states(connection, ordered[start : start + _PAGE]))
    return relationship(party, state, mentions, states)


def _forget(dsn: str, keys: identity.Keys, traces: Traces, person: str | None) -> int:
    with psycopg.connect(dsn, autocommit=True, application_name="crowdledger vault") as connection:
        if person is not None:
            vault.forget_sign_in(connection, person, clock.now())
        return vault.forget_traces(connection, keys, traces)


def _sweep(dsn: str) -> bool:
    with psycopg.connect(dsn, autocommit=True, application_name="crowdledger vault") as connection:
        return vault.sweep(connection)


def _erased(connection: psycopg.Connection, party: str) -> Erased | None:
    row = connection.execute(SQL["erasure"], {"party": party}).fetchone()
    if row is None:
        return None
    *columns, note = row
    return Erased(reading.recorded(columns), note, vault.is_swept(connection, party))


def _sign(settings: Settings, connection: psycopg.Connection, statement: dict[str, Any]) -> dict[str, Any]:
    key = Ed25519PrivateKey.from_private_bytes(settings.checkpoint_seed())
    return certificate.sign(statement, tree.origin(connection) or settings.log_origin or _UNSIGNED, key)


def _events(connection: psycopg.Connection, party: str) -> list[Recorded]:
    found: list[Recorded] = []
    while page := reading.tagged(connection, party, found[-1].position if found else 0, _PAGE):
        found += page
    return found
