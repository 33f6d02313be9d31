"""An input of the rules, out of PostgreSQL as Arrow: by COPY, many times as fast as row by row."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyarrow as pa
from psycopg import sql
from pyarrow import csv

from ledger.kernel import named_sql
from risk import inputs
from risk.engines.judging import schema_of

if TYPE_CHECKING:
    import psycopg

SQL = named_sql.load(Path(__file__).parent.with_name("sql") / "engines.sql")
LAST_DAY: Final = 10**6  # beyond every calendar
_BLOCK_BYTES: Final = 8 << 20


class Part(NamedTuple):
    """Rows whose position is from `first` to `last`; None: those that have no position."""

    first: int | None
    last: int | None


def take_time(connection: psycopg.Connection) -> None:
    """Let the statements of this transaction take as long as they need."""
    connection.execute(SQL["patient"])


def read_input(
    connection: psycopg.Connection, name: str, cutoff: int, first_day: int = 0, last_day: int = LAST_DAY
) -> pa.Table:
    """An input as of a cutoff, cut to days (since 1970-01-01), in no order. The caller sees to a snapshot."""
    question = {"cutoff": cutoff, "first_day": first_day, "last_day": last_day}
    batches = list(_batches(connection, name, question, sql.SQL(""), sql.SQL("")))
    return pa.Table.from_batches(batches, schema=schema_of(inputs.INPUTS[name]))


def read_parts(
    connection: psycopg.Connection, name: str, cutoff: int, parts: Sequence[Part]
) -> Iterator[tuple[Part, pa.RecordBatch]]:
    """The rows of some parts of an input, part by part, in a total order: equal rows give equal bytes.

    The query runs once for all of them, since most inputs cost the same for a few positions as for all.
    """
    question = {"cutoff": cutoff, "first_day": 0, "last_day": LAST_DAY}
    numbered = [part for part in parts if part.first is not None]
    where = sql.SQL(SQL["where_in_parts"]).format(
        firsts=sql.Literal([part.first for part in numbered]),
        lasts=sql.Literal([part.last for part in numbered]),
        lone=sql.Literal(len(numbered) < len(parts)),
    )
    for batch in _batches(connection, name, question, where, sql.SQL(SQL["order_whole"])):
        yield from _by_part(batch, parts)


def _by_part(batch: pa.RecordBatch, parts: Sequence[Part]) -> Iterator[tuple[Part, pa.RecordBatch]]:
    """Rows come with those that have no position first, then by position: each part is one stretch of them."""
    positions = batch.column("position")
    lone = positions.null_count
    if lone:
        yield next(part for part in parts if part.first is None), batch.slice(0, lone)
    known = positions.slice(lone).to_pylist()
    for part in parts:
        if part.first is not None and part.last is not None:
            start, end = bisect_left(known, part.first), bisect_right(known, part.last)
            if start < end:
                yield part, batch.slice(lone + start, end - start)


def fingerprints(connection: psycopg.Connection, name: str, cutoff: int, size: int) -> Iterator[tuple[Part, int, int]]:
    """Each part of `size` positions that has rows: how many, and a number that changes with any of them."""
    question = {"cutoff": cutoff, "first_day": 0, "last_day": LAST_DAY}
    statement = sql.SQL(SQL["fingerprints"]).format(size=sql.Literal(size), **_named(name))
    for number, rows, total in connection.execute(statement, question):
        first = None if number is None else number * size + 1
        yield Part(first, None if first is None else first + size - 1), rows, int(total) % 2**64


def _named(name: str) -> dict[str, sql.Composable]:
    columns = sql.SQL(", ").join(sql.SQL("r.") + sql.Identifier(each) for each in inputs.INPUTS[name].columns)
    return {"columns": columns, "rows": sql.SQL(inputs.statement(name))}


def _batches(
    connection: psycopg.Connection, name: str, question: dict[str, Any], where: sql.Composable, order: sql.Composable
) -> Iterator[pa.RecordBatch]:
    schema = schema_of(inputs.INPUTS[name])
    blank = sql.SQL(" ")
    statement = sql.SQL(SQL["copy_rows"]).format(where=blank + where, order=blank + order, **_named(name))
    with connection.cursor() as cursor, cursor.copy(statement, question) as copy:
        stream = _Stream(iter(copy))
        if stream.empty:
            return
        yield from csv.open_csv(
            stream,
            csv.ReadOptions(column_names=schema.names, block_size=_BLOCK_BYTES),
            csv.ParseOptions(newlines_in_values=True),
            # An empty text is not a missing one: PostgreSQL puts quotes round it.
            csv.ConvertOptions(
                column_types=schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
            ),
        )


class _Stream:
    """The pieces of a COPY as the file that pyarrow reads."""

    closed = False

    def __init__(self, pieces: Iterator[Any]) -> None:
        self._pieces = pieces
        self._held = bytes(next(pieces, b""))
        self.empty = not self._held

    def read(self, size: int = -1) -> bytes:
        parts, length = [self._held], len(self._held)
        while size < 0 or length < size:
            piece = bytes(next(self._pieces, b""))
            if not piece:
                break
            parts.append(piece)
            length += len(piece)
        whole = b"".join(parts)
        self._held = whole[size:] if size >= 0 else b""
        return whole[:size] if size >= 0 else whole

    def close(self) -> None:
        self.closed = True

    def readable(self) -> bool:
        return True
