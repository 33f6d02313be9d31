"""Rows of a read as frozen dataclasses. What a view sums is numeric in the database and an int here, never a float."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.rows import class_row

Row = TypeVar("Row")
PAGE_ROWS = 100


class _Integer(Loader):
    def load(self, data: Buffer) -> int:
        return int(bytes(data))


def many(
    connection: psycopg.Connection[Any], statement: LiteralString, kind: type[Row], parameters: Mapping[str, Any]
) -> list[Row]:
    """All rows of a statement whose columns are named like the fields of `kind`."""
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        cursor.adapters.register_loader("numeric", _Integer)
        return cursor.execute(statement, parameters).fetchall()


def one(
    connection: psycopg.Connection[Any], statement: LiteralString, kind: type[Row], parameters: Mapping[str, Any]
) -> Row | None:
    """The only row, or None."""
    found = many(connection, statement, kind, parameters)
    return found[0] if found else None


def keys(names: Sequence[str] | None) -> list[str] | None:
    """Keys as an array parameter (a tuple would be a row); None: any."""
    return None if names is None else list(names)
