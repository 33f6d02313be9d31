"""View: every posting, and the balance of every account, in both times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from projections import base, fetch

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "balances"
VERSION = 3
TYPES: frozenset[str] | None = None
SQL = base.load(NAME)
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Append the postings; add up per account first, so that a batch touches each balance once."""
    rows = []
    sums: dict[tuple[str, str], int] = {}
    last: dict[tuple[str, str], int] = {}
    for event in events:
        position, happened_at, recorded_at = event.position, event.happened_at, event.recorded_at
        effective_at = base.effective(cursor, event).happened_at if event.postings else happened_at
        for line, (account, currency, amount) in enumerate(event.postings):
            rows.append((position, line, account, currency, amount, effective_at, happened_at, recorded_at))
            of = (account, currency)
            sums[of] = sums.get(of, 0) + amount
            last[of] = position
    if rows:
        base.copy(cursor, SQL, "copy_postings", rows)
        # In order of the key: neighbours share index pages.
        changes = [
            {"account": of[0], "currency": of[1], "amount": sums[of], "position": last[of]} for of in sorted(sums)
        ]
        cursor.execute(SQL["add"], {"sums": base.json(changes)})


@dataclass(frozen=True, slots=True)
class Balance:
    """Balance of one account in one currency: minor units, debit positive. `position`: the last event that moved it."""

    account: str
    currency: str
    balance: int
    position: int


@dataclass(frozen=True, slots=True)
class Line:
    """One posting: `amount` in minor units, debit positive. It counts from `effective_at` on, in valid time."""

    position: int
    line: int
    account: str
    currency: str
    amount: int
    effective_at: datetime
    happened_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class _Total:
    currency: str
    balance: int


def now(
    connection: psycopg.Connection[Any], prefix: str, after: tuple[str, str] = ("", ""), limit: int = fetch.PAGE_ROWS
) -> list[Balance]:
    """Balances of the accounts that begin with `prefix`, by account and currency, behind `after` (both of a row)."""
    return fetch.many(connection, SQL["now"], Balance, {**_range(prefix), **_behind(after), "limit": limit})


def at(
    connection: psycopg.Connection[Any],
    prefix: str,
    at: datetime | None = None,
    known_at: datetime | None = None,
    after: tuple[str, str] = ("", ""),
    limit: int = fetch.PAGE_ROWS,
) -> list[Balance]:
    """As `now`, but of what had happened by `at` (valid time), of that what was known by `known_at`; None: no bound."""
    times = {"at": at or _NEVER, "known_at": known_at or _NEVER}
    return fetch.many(connection, SQL["at"], Balance, {**_range(prefix), **times, **_behind(after), "limit": limit})


def trial_balance(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Sum of all balances by currency; zero everywhere in a book that is right."""
    return {row.currency: row.balance for row in fetch.many(connection, SQL["trial_balance"], _Total, {})}


def totals(connection: psycopg.Connection[Any], prefix: str) -> dict[str, int]:
    """Sum by currency over all accounts that begin with `prefix`."""
    return {row.currency: row.balance for row in fetch.many(connection, SQL["totals"], _Total, _range(prefix))}


def postings(
    connection: psycopg.Connection[Any], account: str, after: int = 0, limit: int = fetch.PAGE_ROWS
) -> list[Line]:
    """What moved one account, in order, behind position `after`."""
    return fetch.many(connection, SQL["postings"], Line, {"account": account, "after": after, "limit": limit})


def _range(prefix: str) -> dict[str, str]:
    # Accounts are printable ASCII: DEL comes after every one of them.
    return {"first": prefix, "end": prefix + "\x7f"}


def _behind(after: tuple[str, str]) -> dict[str, str]:
    return {"account": after[0], "currency": after[1]}
