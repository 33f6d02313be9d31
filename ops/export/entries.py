"""What is read from the log for an export: one entry per event, in order of position, a row at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ledger.accounts import Posting
from ledger.kernel import named_sql

if TYPE_CHECKING:
    import psycopg

SQL = named_sql.load(Path(__file__).with_name("export.sql"))
_postings = msgspec.json.Decoder(tuple[Posting, ...]).decode


class Entry(NamedTuple):
    """One event. Times are UTC; `body` is its canonical JSON, `leaf` its hash in the Merkle tree.

    `effective_at` is since when its postings count in valid time: of a correction, since what it corrects did.
    """

    position: int
    source: str
    id: str
    type: str
    happened_at: datetime
    effective_at: datetime
    recorded_at: datetime
    corrects: str | None  # id of the event that a correction takes back
    body: bytes
    leaf: bytes
    tags: list[str]
    postings: tuple[Posting, ...]
    postings_bytes: int


def entries(connection: psycopg.Connection, upto: int) -> Iterator[Entry]:
    """The events up to a position. One row at a time: an event may have a hundred thousand postings."""
    with connection.cursor(binary=True) as cursor:
        for row in cursor.stream(SQL["events"], {"upto": upto}):
            postings = row[-1] or b"[]"
            yield Entry._make((*row[:-1], _postings(postings), len(postings)))
