"""Views of the alert queue that people keep, in PostgreSQL; the statements are in sql/saved_views.sql."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg_pool import ConnectionPool

from api.desk import NewView, SavedView, SavedViews
from api.problems import Problem
from ledger.kernel import clock
from ledger.kernel.named_sql import load

SQL = load(Path(__file__).parent / "sql" / "saved_views.sql")
MOST: Final = 50  # of one person


def saved_views(pool: ConnectionPool) -> SavedViews:
    """Over a pool whose statements commit by themselves."""
    return SavedViews(
        seen_by=partial(_seen_by, pool),
        at_start=partial(_at_start, pool),
        keep=partial(_keep, pool),
        change=partial(_change, pool),
        drop=partial(_drop, pool),
    )


def _seen_by(pool: ConnectionPool, user: str) -> list[SavedView]:
    with pool.connection() as connection:
        return [SavedView(*row) for row in connection.execute(SQL["seen_by"], {"user": user})]


def _at_start(pool: ConnectionPool, user: str) -> str | None:
    with pool.connection() as connection:
        row = connection.execute(SQL["at_start"], {"user": user}).fetchone()
    return row[0] if row else None


def _keep(pool: ConnectionPool, user: str, view: NewView) -> UUID:
    made = UUID(clock.new_id())
    values = {**view._asdict(), "user": user, "id": made, "now": clock.now()}
    with pool.connection() as connection:
        row = connection.execute(SQL["how_many"], values).fetchone()
        if row is not None and row[0] >= MOST:
            raise Problem("invalid_parameter", f"you have {MOST} views; delete one first.")
        _write(connection, "keep", values)
    return made


def _change(pool: ConnectionPool, user: str, name: UUID, view: NewView) -> bool:
    with pool.connection() as connection:
        return _write(connection, "change", {**view._asdict(), "user": user, "id": name, "now": clock.now()})


def _drop(pool: ConnectionPool, user: str, name: UUID) -> bool:
    with pool.connection() as connection:
        return connection.execute(SQL["drop"], {"user": user, "id": name}).fetchone() is not None


def _write(connection: psycopg.Connection, block: str, values: dict[str, Any]) -> bool:
    """One transaction, so that there is never a second view at start, nor none where the new one was refused."""
    try:
        with connection.transaction():
            if values["at_start"]:
                connection.execute(SQL["none_at_start"], values)
            cursor = connection.execute(SQL[block], values)
            if cursor.description is None:
                return True
            found = cursor.fetchone() is not None
            if not found:
                raise psycopg.Rollback
    except psycopg.errors.UniqueViolation:
        raise Problem("entity_exists", f"you have a view called {values['name']!r} already.") from None
    except psycopg.errors.SerializationFailure:
        raise Problem("unavailable", "your views were changed at the same time; look at them and try again.") from None
    return found
