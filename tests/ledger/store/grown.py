"""Logs of any length, made quickly: entries without a market behind them, and the keys that sign them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import psycopg

from ledger import signing
from ledger.merkle import leaf_hash
from ledger.recorded import entry, stamp

ORIGIN = "ledger.example/city"
SIGNERS = signing.of_log(ORIGIN, bytes(range(32)), bytes(range(1, 33)))
START = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


def body_of(position: int) -> bytes:
    return (
        b'{"data":{"pledge":"P-%d"},"id":"e-%d","source":"platform:huizhong","specversion":"1.0",'
        b'"time":"2026-03-02T10:15:00+08:00","type":"pledge.collected"}' % (position, position)
    )


def leafed(connection: psycopg.Connection, count: int, after: int = 0) -> list[bytes]:
    """Put `count` events into the log after a position; returns their leaf hashes."""
    leaves = []
    with connection.cursor() as cursor, cursor.copy(
        "COPY events (position, source, id, type, happened_at, recorded_at, body, postings, content_hash, leaf, tags) "
        "FROM STDIN"
    ) as copy:  # fmt: skip
        for position in range(after + 1, after + count + 1):
            body, recorded_at = body_of(position), START + timedelta(milliseconds=position)
            postings = b'[["escrow/huizhong/C-1","CNY",%d],["world","CNY",-%d]]' % (position, position)
            leaf = leaf_hash(entry(body, position, postings, stamp(recorded_at)))
            leaves.append(leaf)
            tags = [f"pledge:huizhong/P-{position}"]
            copy.write_row((position, "platform:huizhong", f"e-{position}", "pledge.collected", START, recorded_at,
                            body, postings, sha256(body).digest(), leaf, tags))  # fmt: skip
    connection.commit()
    return leaves
