"""View: every posting, and the balance of every account, in both times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from projections import base

if TYPE_CHECKING:
    from psycopg import Cursor

    from ledger.recorded import Recorded

NAME = "balances"
VERSION = 1
TYPES: frozenset[str] | None = None
SQL = base.load(NAME)


def apply(cursor: Cursor[Any], events: Sequence[Recorded]) -> None:
    """Append the postings; add up per account first, so that a batch touches each balance once."""
    rows = []
    sums: dict[tuple[str, str], int] = {}
    last: dict[tuple[str, str], int] = {}
    for event in events:
        position, happened_at, recorded_at = event.position, event.happened_at, event.recorded_at
        for line, (account, currency, amount) in enumerate(event.postings):
            rows.append((position, line, account, currency, amount, happened_at, recorded_at))
            of = (account, currency)
            sums[of] = sums.get(of, 0) + amount
            last[of] = position
    if rows:
        base.copy(cursor, SQL, "copy_postings", rows)
        # In order of the key: neighbours share index pages.
        base.copy(cursor, SQL, "copy_stage", [(*of, sums[of], last[of]) for of in sorted(sums)])
        cursor.execute(SQL["add"])
