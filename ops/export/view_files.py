"""Views as Parquet: a file for each table, its rows in one order whatever the database's collation is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import sql

from ops.export.columns import AS_TEXT, field
from ops.export.entries import SQL
from ops.export.event_files import FORMAT, Written
from projections import schemas

if TYPE_CHECKING:
    import psycopg

_ROWS_PER_GROUP: Final = 20_000


class _Column(NamedTuple):
    name: str
    type: str
    collates: bool
    key_place: int | None  # in the primary key


def write_view(
    connection: psycopg.Connection, view: str, folder: Path, advance: Callable[[int], None]
) -> list[Written]:
    """Write the tables of a view into `folder`; `advance` is told how many rows more were written."""
    folder.mkdir(parents=True)
    return [_write(connection, view, table, folder, advance) for table in schemas.tables(connection, view)]


def _write(
    connection: psycopg.Connection, view: str, table: str, folder: Path, advance: Callable[[int], None]
) -> Written:
    asked = {"schema": f"view_{view}", "table": table}
    columns = [_Column(*row) for row in connection.execute(SQL["columns"], asked)]
    schema = pa.schema([field(each.name, each.type) for each in columns])
    path, total = folder / f"{table}.parquet", 0
    statement = sql.SQL(SQL["rows"]).format(
        columns=sql.SQL(", ").join(map(_selected, columns)),
        schema=sql.Identifier(asked["schema"]),
        table=sql.Identifier(table),
        order=sql.SQL(", ").join(map(_ordered, _order(columns))),
    )
    with (
        pq.ParquetWriter(path, schema, use_dictionary=True, **FORMAT) as writer,
        connection.cursor(f"export_{table}", binary=True) as cursor,
    ):
        cursor.execute(statement)
        while rows := cursor.fetchmany(_ROWS_PER_GROUP):
            writer.write_table(_table(rows, schema))
            total += len(rows)
            advance(len(rows))
    return Written(path, total)


def _table(rows: list[tuple[Any, ...]], schema: Any) -> Any:
    arrays = [pa.array(values, each.type) for values, each in zip(zip(*rows, strict=True), schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _order(columns: list[_Column]) -> list[_Column]:
    """By the key; where there is none, by everything: rows that are equal throughout have no order to keep."""
    key = [each for each in columns if each.key_place is not None]
    return sorted(key, key=lambda each: each.key_place or 0) or columns


def _selected(column: _Column) -> sql.Composable:
    name = sql.Identifier(column.name)
    return sql.SQL(SQL["as_text"]).format(column=name) if column.type in AS_TEXT else name


def _ordered(column: _Column) -> sql.Composable:
    name = sql.Identifier(column.name)
    return sql.SQL(SQL["by_bytes"]).format(column=name) if column.collates else name
