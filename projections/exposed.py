"""What people had at stake as of two times; `exposure.py` answers for the present and has to agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import psycopg

from ledger.accounts import cash, receivable
from projections import base, fetch
from projections.asof import Times
from projections.exposure import Counterparty, Exposure

SQL = base.load("exposed")
VIEWS: Final = ("balances", "campaigns", "investors", "loans", "pledges", "rates")
_NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Of one platform and currency, minor units: `cash` waits there, `receivable` is promised and not collected."""

    scope: str
    currency: str
    cash: int
    receivable: int


@dataclass(frozen=True, slots=True)
class Stake:
    """What is at stake in one campaign or loan (a key) with whom, minor units; as its borrower: what is owed."""

    contract: str
    kind: str
    other: str | None
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class Exposed:
    """Everything about a person: by platform and kind, with whom, and what waits."""

    exposures: list[Exposure]
    counterparties: list[Counterparty]
    waiting: list[Waiting]
    contracts: list[Stake]


@dataclass(frozen=True, slots=True)
class _Stake:
    scope: str
    kind: str
    currency: str
    other: str | None
    contract: str
    contracts: int
    live: int
    committed: int
    paid: int
    returned: int
    at_stake: int
    certain: int


def people(connection: psycopg.Connection[Any], key: str, known: int) -> list[str]:
    """The keys of the parties that were known to be the same person, itself first; empty where it was not known."""
    rows = connection.execute(SQL["people"], {"key": key, "known": known}).fetchall()
    return [name for (name,) in rows]


def exposed(
    connection: psycopg.Connection[Any], parties: Sequence[str], times: Times, limit: int = fetch.PAGE_ROWS
) -> Exposed:
    """What the parties (keys; for a person all of hers) had at stake. Inside a snapshot of `VIEWS`.

    `limit` bounds the counterparties, the largest sums first.
    """
    asked = {"parties": list(parties), "known": times.known, "at": times.at or _NEVER}
    stakes = [
        row for block in ("pledged", "lent", "borrowed") for row in fetch.many(connection, SQL[block], _Stake, asked)
    ]
    accounts = [name(party) for party in parties for name in (cash, receivable)]
    waiting = fetch.many(connection, SQL["accounts"], Waiting, {**asked, "accounts": accounts})
    return Exposed(
        _exposures(stakes),
        _counterparties(stakes)[:limit],
        [each for each in waiting if each.cash or each.receivable],
        _contracts(stakes)[:limit],
    )


def _contracts(stakes: Iterable[_Stake]) -> list[Stake]:
    found = [Stake(each.contract, each.kind, each.other, each.currency, each.at_stake) for each in stakes]
    return sorted((each for each in found if each.amount), key=lambda each: (-each.amount, each.contract, each.kind))


def _exposures(stakes: Iterable[_Stake]) -> list[Exposure]:
    sums: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0] * 5)
    for each in stakes:
        figures = (each.contracts, each.committed, each.paid, each.returned, each.at_stake)
        of = (each.scope, each.kind, each.currency)
        sums[of] = [before + more for before, more in zip(sums[of], figures, strict=True)]
    return [Exposure(*of, *figures) for of, figures in sorted(sums.items())]


def _counterparties(stakes: Iterable[_Stake]) -> list[Counterparty]:
    sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for each in stakes:
        if each.other is not None and each.live:
            amount, contracts = sums[each.other, each.currency]
            sums[each.other, each.currency] = [amount + each.certain, contracts + each.live]
    found = [Counterparty(*of, *figures) for of, figures in sums.items()]
    return sorted(found, key=lambda each: (-each.amount, each.other, each.currency))
