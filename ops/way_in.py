"""Everybody's way in, wired: what `Services` has of it."""

from __future__ import annotations

from typing import Any

from psycopg_pool import ConnectionPool

from api.account import Accounts
from api.entrance import Entrance
from api.gate import Gate
from ledger.identity import OneKey
from ledger.kernel import clock
from ops.access_store import PostgresAccessStore, secrets_of
from ops.door_guests import PostgresDoorStore
from ops.identity_provider import IdentityProvider
from ops.settings import Settings


def parts(settings: Settings, pool: ConnectionPool) -> dict[str, Any]:
    """By the names of their fields."""
    secrets, rules = secrets_of(settings), settings.sign_in
    store = PostgresDoorStore(pool, OneKey(settings.secret("second-factors")))
    gate = Gate(PostgresAccessStore(pool), secrets, clock.now, require_totp=rules.require_totp)
    entrance = Entrance(store, secrets, clock.now, links_show_all=rules.links_show_all)
    return {
        "gate": gate,
        "entrance": entrance,
        "accounts": Accounts(store, entrance, gate, clock.now),
        "keep_ticket": lambda ticket: store.keep_ticket(ticket, clock.now()),
        "require_totp": rules.require_totp,
        "provider": IdentityProvider(rules.provider, clock.now) if rules.provider else None,
        "public_url": settings.public_url,
    }
