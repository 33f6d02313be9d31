"""The limit that ingest is held against: one client copies the same events into a bare table of the same shape."""

from __future__ import annotations

import time
from pathlib import Path

import psycopg

from ledger.kernel.named_sql import load

SQL = load(Path(__file__).with_name("bench.sql"))
BATCH = 5_000


def payloads(dsn: str, after: int, until: int) -> list[bytes]:
    """The recorded events of a range as binary COPY streams of 5,000, made beforehand: only copying is timed."""
    with psycopg.connect(dsn) as connection:
        return [_copy_out(connection, start, min(start + BATCH, until)) for start in range(after, until, BATCH)]


def copy_rate(dsn: str, streams: list[bytes], events: int) -> float:
    """Events a second of a bare COPY, one durable commit for each stream."""
    with psycopg.connect(dsn) as connection:
        connection.execute(SQL["drop_bare"])
        connection.execute(SQL["create_bare"])
        connection.commit()
        started = time.perf_counter()
        for stream in streams:
            with connection.cursor().copy(SQL["copy_in"]) as copy:
                copy.write(stream)
            connection.commit()
        return events / (time.perf_counter() - started)


def _copy_out(connection: psycopg.Connection, after: int, until: int) -> bytes:
    with connection.cursor().copy(SQL["copy_out"], {"after": after, "until": until}) as copy:
        return b"".join(bytes(block) for block in copy)
