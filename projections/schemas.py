"""Makes the schema of a view, puts a rebuilt one in the place of the live one, clears away what is left over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import psycopg
import structlog
from psycopg import sql
from psycopg.errors import LockNotAvailable

from projections.catalogue import VIEWS
from projections.following import NEXT, SQL, connect

if TYPE_CHECKING:
    from projections.base import View

OLD = "__old"
_RETRY_SECONDS = 0.3
_log = structlog.get_logger(__name__)


def ensure(connection: psycopg.Connection[Any], views: Iterable[View]) -> list[str]:
    """Make the views that are not there yet, empty; their names. Safe to call from many processes."""
    made = []
    with connection.transaction():
        connection.execute(SQL["lock_schemas"])
        known = {name for (name,) in connection.execute(SQL["names"]).fetchall()}
        for view in views:
            if view.NAME not in known:
                create(connection, view, view.NAME, "live")
                index(connection, view, view.NAME)
                made.append(view.NAME)
    return made


def prepare(dsn: str) -> list[str]:
    """Make all views that are not there yet; for whoever reads before a runner ran."""
    with connect(dsn) as connection:
        return ensure(connection, VIEWS.values())


def create(connection: psycopg.Connection[Any], view: View, name: str, state: str) -> None:
    """Schema, tables and cursor of an empty view, without the indexes that only readers need."""
    with connection.transaction():
        connection.execute(_named("create_schema", schema=f"view_{name}"))
        connection.execute(SQL["enter"], {"search_path": f"view_{name}, public"})
        connection.execute(view.SQL["create"])
        connection.execute(SQL["add_cursor"], {"name": name, "version": view.VERSION, "state": state})


def index(connection: psycopg.Connection[Any], view: View, name: str) -> None:
    """The readers' indexes: built at once over full tables they cost a fraction of being kept row by row."""
    if "index" in view.SQL:
        with connection.transaction():
            connection.execute(SQL["enter"], {"search_path": f"view_{name}, public"})
            connection.execute(view.SQL["index"])


def analyze(connection: psycopg.Connection[Any], name: str) -> None:
    """Tell the planner what is in the tables before the first reader comes."""
    for table in tables(connection, name):
        connection.execute(_named("analyze", schema=f"view_{name}", table=table))


def tables(connection: psycopg.Connection[Any], name: str) -> list[str]:
    """The names of a view's tables."""
    return [table for (table,) in connection.execute(SQL["tables"], {"schema": f"view_{name}"}).fetchall()]


def discard(connection: psycopg.Connection[Any], name: str) -> None:
    """Drop a view's schema and cursor, if there are any. Waits for its readers, makes no others wait for long."""
    while True:
        try:
            with connection.transaction():
                connection.execute(SQL["short_wait"])
                connection.execute(SQL["lock_schemas"])
                connection.execute(_named("drop_schema", schema=f"view_{name}"))
                connection.execute(SQL["drop_cursor"], {"name": name})
            return
        except LockNotAvailable:
            time.sleep(_RETRY_SECONDS)


def switch(connection: psycopg.Connection[Any], view: View, catch_up: Callable[[int], bool]) -> bool:
    """Let the rebuilt view take the live one's place in one transaction; False where it was not there yet.

    `catch_up` is handed the live view's position, which can't change any more, and brings the rebuild at least there.
    A reader's statement sees the old tables or the new ones, whole; one that holds a snapshot over several statements
    holds `view_switch` shared, and then the switch waits for it (see `snapshots.py`).
    """
    live, following, old = view.NAME, view.NAME + NEXT, view.NAME + OLD
    discard(connection, old)
    try:
        with connection.transaction():
            connection.execute(SQL["short_wait"])
            row = connection.execute(SQL["lock_cursor"], {"name": live}).fetchone()
            if not catch_up(row[0] if row else 0):
                return False
            connection.execute(SQL["lock_schemas"])
            connection.execute(SQL["lock_switch"])
            if row:
                connection.execute(_named("rename_schema", schema=f"view_{live}", to=f"view_{old}"))
            connection.execute(_named("rename_schema", schema=f"view_{following}", to=f"view_{live}"))
            connection.execute(SQL["replace_cursor"], {"name": live, "next": following})
            connection.execute(SQL["drop_cursor"], {"name": following})
    except LockNotAvailable:
        time.sleep(_RETRY_SECONDS)  # readers first: nobody queues behind us for longer than the short wait
        return False
    _log.info("view_switched", view=live, version=view.VERSION)
    discard(connection, old)
    return True


def sweep(connection: psycopg.Connection[Any]) -> None:
    """Drop what a switch that was killed half way left behind."""
    for (schema,) in connection.execute(SQL["schemas"]).fetchall():
        if schema.endswith(OLD):
            discard(connection, schema.removeprefix("view_"))


def _named(block: str, **names: str) -> sql.Composed:
    return sql.SQL(SQL[block]).format(**{key: sql.Identifier(value) for key, value in names.items()})
