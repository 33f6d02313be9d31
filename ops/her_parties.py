"""Which parties a person is. One whose data were erased is hers no more: what identified her there is gone."""

from __future__ import annotations

import psycopg

from api.access import Herself
from api.mine import Overview
from ledger.events.naming import key, scope_and_name
from ledger.states.parties import Party, is_forgotten
from ledger.store import reading
from projections import investors, mine


def parties(connection: psycopg.Connection, her: Herself) -> list[str]:
    """The keys of her parties on the platforms that she is shown, in order of registration."""
    keys = [each.key for each in investors.of_person(connection, her.person) if her.sees(scope_of_key(each.key))]
    states = reading.states(connection, keys)
    return [name for name in keys if isinstance(state := states.get(name), Party) and not is_forgotten(state)]


def scope_of_key(key: str) -> str:
    """The platform of a party's key."""
    return scope_and_name(key).partition("/")[0]


def platforms(connection: psycopg.Connection, her: Herself) -> list[mine.Known]:
    """Where she is known."""
    return mine.platforms(connection, parties(connection, her))


def overview(connection: psycopg.Connection, her: Herself) -> Overview:
    """Her sums by currency, and what waits."""
    own = parties(connection, her)
    return Overview(mine.sums(connection, own), mine.loan_sums(connection, own), mine.cash(connection, own))


def own_key(kind: str, scope: str, name: str) -> str | None:
    """The key of a thing of a platform; None where no such key can be."""
    return key(kind, scope, name) if scope and name and "/" not in scope + name else None
