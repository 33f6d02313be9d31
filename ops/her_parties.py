"""Which parties a person is. One whose data were erased is hers no more: what identified her there is gone."""

from __future__ import annotations

import psycopg

from api.mine import Overview
from ledger.events.naming import key
from ledger.states.parties import Party, is_forgotten
from ledger.store import reading
from projections import investors, mine


def parties(connection: psycopg.Connection, person: str) -> list[str]:
    """The keys of a person's parties over all platforms, in order of registration."""
    keys = [each.key for each in investors.of_person(connection, person)]
    states = reading.states(connection, keys)
    return [name for name in keys if isinstance(state := states.get(name), Party) and not is_forgotten(state)]


def platforms(connection: psycopg.Connection, person: str) -> list[mine.Known]:
    """Where she is known."""
    return mine.platforms(connection, parties(connection, person))


def overview(connection: psycopg.Connection, person: str) -> Overview:
    """Her sums by currency, and what waits."""
    own = parties(connection, person)
    return Overview(mine.sums(connection, own), mine.loan_sums(connection, own), mine.cash(connection, own))


def own_key(kind: str, scope: str, name: str) -> str | None:
    """The key of a thing of a platform; None where no such key can be."""
    return key(kind, scope, name) if scope and name and "/" not in scope + name else None
