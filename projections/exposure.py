"""What people have at stake over all platforms: by platform, kind and currency, and with whom. Joins several views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from projections import base, fetch

SQL = base.load("exposure")


@dataclass(frozen=True, slots=True)
class Exposure:
    """Minor units of `currency`. `kind` is that of the campaigns, `lending` for a lender, `borrower` for a borrower.

    `committed` was promised, `paid` came in, `returned` went back; `at_stake` is what would be lost at worst (for a
    borrower: what is owed). `contracts` counts pledges or loans.
    """

    scope: str
    kind: str
    currency: str
    contracts: int
    committed: int
    paid: int
    returned: int
    at_stake: int


@dataclass(frozen=True, slots=True)
class Counterparty:
    """An issuer or borrower (a key), and what is at stake with it, minor units."""

    other: str
    currency: str
    amount: int
    contracts: int


def exposures(connection: psycopg.Connection[Any], parties: Sequence[str]) -> list[Exposure]:
    """What the parties (keys; for a person all of hers, see `investors.same_person`) have at stake.

    Call inside `snapshots.snapshot(connection, "pledges", "campaigns", "loans")`: the views meet here.
    """
    asked = {"parties": list(parties)}
    found = [row for block in ("campaigns", "loans", "borrowed") for row in _rows(connection, block, asked)]
    return sorted(found, key=lambda each: (each.scope, each.kind, each.currency))


def counterparties(
    connection: psycopg.Connection[Any], parties: Sequence[str], limit: int = fetch.PAGE_ROWS
) -> list[Counterparty]:
    """With whom, the largest sums first; inside the same snapshot."""
    asked = {"parties": list(parties), "limit": limit}
    return fetch.many(connection, SQL["counterparties"], Counterparty, asked)


def _rows(connection: psycopg.Connection[Any], block: str, asked: dict[str, Any]) -> list[Exposure]:
    return fetch.many(connection, SQL[block], Exposure, asked)
