"""Rows in PostgreSQL's binary COPY format, packed by hand: this is where an append spends its time."""

from __future__ import annotations

import struct
from collections.abc import Iterable

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = struct.pack(">h", -1)
NULL = struct.pack(">i", -1)

_COUNT = struct.Struct(">h")
_LENGTH = struct.Struct(">i").pack
_BIGINT = struct.Struct(">iq").pack
_ARRAY = struct.Struct(">iiiii").pack
_TEXT_OID = 25
_EPOCH_2000_MICROS = 946_684_800_000_000  # PostgreSQL counts time from 2000-01-01


def field(value: bytes) -> bytes:
    """A text or bytea field."""
    return _LENGTH(len(value)) + value


def text(value: str) -> bytes:
    """A text field."""
    return field(value.encode())


def bigint(value: int) -> bytes:
    """A bigint field."""
    return _BIGINT(8, value)


def moment(micros: int) -> bytes:
    """A timestamptz field from Unix microseconds."""
    return _BIGINT(8, micros - _EPOCH_2000_MICROS)


def texts(values: Iterable[str]) -> bytes:
    """A text[] field."""
    items = [field(value.encode()) for value in values]
    if not items:
        return field(struct.pack(">iii", 0, 0, _TEXT_OID))
    return field(_ARRAY(1, 0, _TEXT_OID, len(items), 1) + b"".join(items))


def row(*fields: bytes) -> bytes:
    """One row of fields that are packed already."""
    return _COUNT.pack(len(fields)) + b"".join(fields)


def copy_body(rows: Iterable[bytes]) -> bytes:
    """The whole COPY stream."""
    return b"".join((HEADER, *rows, TRAILER))
