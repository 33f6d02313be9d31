"""What a platform asks about itself, wired: `door` hands the api its questions and its keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

import psycopg
from psycopg_pool import ConnectionPool

from api.facts import AsOf, Read
from api.own import Keys, Own
from ledger.store import reading, vault
from ops.access_store import secrets_of
from ops.keyring import keyring
from ops.own import held
from ops.own.keys import KeyDesk
from ops.questions import standing
from ops.settings import Settings

__all__ = ["door"]

P = ParamSpec("P")
T = TypeVar("T")


def door(settings: Settings, readers: ConnectionPool, writers: ConnectionPool) -> Own:
    """Questions over a pool whose transactions read only, each from one snapshot; changes over another."""

    def ask(reader: Callable[Concatenate[psycopg.Connection, P], T]) -> Callable[P, Read[T]]:
        def asked(*args: P.args, **kwargs: P.kwargs) -> Read[T]:
            with readers.connection() as connection:
                vault.hold(connection)  # before anything else: bodies are opened with keys that a sweep would move
                as_of = AsOf(reading.head(connection).position, 0.0)
                return Read(reader(connection, *args, **kwargs), as_of)

        return asked

    def ask_views(reader: Callable[Concatenate[psycopg.Connection, P], T]) -> Callable[P, Read[T]]:
        def asked(*args: P.args, **kwargs: P.kwargs) -> Read[T]:
            with readers.connection() as connection, standing(connection, "platforms") as as_of:
                return Read(reader(connection, *args, **kwargs), as_of)

        return asked

    keys, desk = keyring(settings), KeyDesk(writers, secrets_of(settings))
    return Own(
        refused=ask(partial(held.refused, keys)),
        refusal=ask(partial(held.refusal, keys)),
        waiting=ask(held.waiting),
        held=ask(held.held),
        fates=ask(held.fates),
        mends=ask(held.mends),
        mend=partial(held.mend, writers),
        sent=ask(held.sent),
        ingest=ask_views(held.ingest),
        counts=ask(held.counts),
        keys=Keys(listed=desk.listed, create=desk.create, revoke=desk.revoke),
    )
