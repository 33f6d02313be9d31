"""PostgreSQL's column types as Parquet's: only such as all engines read, so none unsigned and none large."""

from __future__ import annotations

import re
from typing import Any, Final

import pyarrow as pa

MOMENT: Final = pa.timestamp("us", tz="UTC")
_TYPES: Final[dict[str, pa.DataType]] = {
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "smallint": pa.int16(),
    "boolean": pa.bool_(),
    "text": pa.string(),
    "uuid": pa.string(),
    "date": pa.date32(),
    "timestamp with time zone": MOMENT,
    "double precision": pa.float64(),
    "numeric": pa.decimal128(38, 0),  # within an array: sums of minor units; what is longer fails, it is never cut
    "bytea": pa.binary(),
    "json": pa.string(),
    "jsonb": pa.string(),
}
# Read as text: PostgreSQL writes jsonb in one way only, and Parquet has no type for it that all readers know.
AS_TEXT: Final = frozenset({"json", "jsonb", "uuid"})
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")


class UnknownColumnType(Exception):
    """A view has a column of a type that no Parquet type was chosen for."""


def arrow_type(type_: str) -> pa.DataType:
    """The Parquet type for a type as `format_type` writes it. Raises UnknownColumnType."""
    if type_.endswith("[]"):
        return pa.list_(arrow_type(type_.removesuffix("[]")))
    if match := _NUMERIC.fullmatch(type_):
        return pa.decimal128(int(match.group(1)), int(match.group(2)))
    try:
        return _TYPES[type_]
    except KeyError:
        raise UnknownColumnType(f"column type {type_!r} has no Parquet type yet; choose one in {__name__}") from None


def field(name: str, type_: str) -> Any:
    """A column of a Parquet schema."""
    return pa.field(name, arrow_type(type_))
