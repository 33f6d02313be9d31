"""Rows in PostgreSQL's binary COPY format, packed by hand: this is where an append spends its time."""

from __future__ import annotations

import struct
from collections.abc import Collection
from functools import lru_cache

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = struct.pack(">h", -1)
NULL = struct.pack(">i", -1)

_COUNT = struct.Struct(">h")
length = struct.Struct(">i").pack  # the four bytes before a field's value
_BIGINT = struct.Struct(">iq").pack
_ARRAY = struct.Struct(">iiiiii").pack
_TEXT_OID = 25
_EPOCH_2000_MICROS = 946_684_800_000_000  # PostgreSQL counts time from 2000-01-01
_EMPTY_ARRAY = struct.pack(">iiii", 12, 0, 0, _TEXT_OID)


def field(value: bytes) -> bytes:
    """A text or bytea field."""
    return length(len(value)) + value


def text(value: str) -> bytes:
    """A text field."""
    return field(value.encode())


@lru_cache(maxsize=1_000)
def repeated(value: str) -> bytes:
    """A text field whose value comes again and again: a source, an event type."""
    return text(value)


def bigint(value: int) -> bytes:
    """A bigint field."""
    return _BIGINT(8, value)


def moment(micros: int) -> bytes:
    """A timestamptz field from Unix microseconds."""
    return _BIGINT(8, micros - _EPOCH_2000_MICROS)


def texts(values: Collection[str]) -> bytes:
    """A text[] field."""
    if not values:
        return _EMPTY_ARRAY
    pieces: list[bytes] = []
    for value in values:
        encoded = value.encode()
        pieces.append(length(len(encoded)))
        pieces.append(encoded)
    items = b"".join(pieces)
    return _ARRAY(20 + len(items), 1, 0, _TEXT_OID, len(values), 1) + items


def row(*fields: bytes) -> bytes:
    """One row of fields that are packed already."""
    return _COUNT.pack(len(fields)) + b"".join(fields)
