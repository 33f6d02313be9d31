"""Reading several views, or one more than once, as of one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from psycopg import IsolationLevel
from psycopg.pq import TransactionStatus

from projections.following import SQL

if TYPE_CHECKING:
    import psycopg


@contextmanager
def snapshot(connection: psycopg.Connection[Any], *names: str) -> Iterator[int]:
    """A read-only transaction that sees all views as they were at one moment; gives the lowest position of `names`.

    All views, where none is named. What the views know of later positions has to be cut off by the caller's own
    `position <= N`; up to the given one they are complete. No rebuilt view is switched in until the block ends.
    """
    if connection.info.transaction_status != TransactionStatus.IDLE:
        raise ValueError("a snapshot needs a connection without a transaction: commit or roll back first")
    was = connection.isolation_level, connection.read_only
    connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        with connection.transaction():
            # Before the first statement that takes a snapshot: see `schemas.switch`.
            connection.execute(SQL["hold_switch"])
            rows = connection.execute(SQL["live_positions"]).fetchall()
            known = dict(rows)
            missing = [name for name in names if name not in known]
            if missing:
                raise LookupError(f"no view {', '.join(missing)} yet; start the worker, which makes them")
            yield min((known[name] for name in (names or known)), default=0)
    finally:
        connection.isolation_level, connection.read_only = was
