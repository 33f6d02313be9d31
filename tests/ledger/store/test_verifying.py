"""Whatever single thing is altered in the database is found, and the first bad position is named."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from ledger import notes, signing
from ledger.kernel import clock
from ledger.store import sealer, tree
from ledger.store.verifying import Difference, differences
from tests.ledger.store import grown
from tests.ledger.store.grown import SIGNERS, leafed

KEYS = [each.key for each in SIGNERS]
WITNESS = signing.of_witness("witness.example/w1", bytes(32), bytes(31) + b"\1")
EVENTS = 700
CHECKPOINTS = (5, 290, 650)


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    """700 entries, three heads, the last 50 entries not sealed yet; triggers off, as an intruder would have it."""
    with psycopg.connect(database_url) as made:
        at = 0
        for size in CHECKPOINTS:
            leafed(made, size - at, at)
            at = size
            sealed = sealer.seal(made, SIGNERS)
            note = notes.parse(sealed.note)
            for each in WITNESS:
                tree.keep_cosignature(made, size, each.key, each.sign(note.text, 1_700_000_000).line)
        for each in SIGNERS:
            tree.keep_key(made, each.key, clock.now())
        leafed(made, EVENTS - at, at)
        for table in ("events", "tiles", "checkpoints", "cosignatures"):
            made.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
        yield made
        made.rollback()


def found(connection: psycopg.Connection) -> list[Difference]:
    return list(differences(connection, KEYS))


def test_what_is_whole_has_no_difference(connection: psycopg.Connection) -> None:
    assert found(connection) == []
    assert list(differences(connection)) == []


@pytest.mark.parametrize(
    ("statement", "what", "position"),
    [
        ("UPDATE events SET body = set_byte(body, 30, get_byte(body, 30) # 1) WHERE position = 17", "event", 17),
        ("UPDATE events SET body = set_byte(body, 30, get_byte(body, 30) # 1) WHERE position = 690", "event", 690),
        ("UPDATE events SET postings = NULL WHERE position = 600", "event", 600),
        ("UPDATE events SET recorded_at = recorded_at + interval '1 microsecond' WHERE position = 1", "event", 1),
        ("UPDATE events SET happened_at = happened_at + interval '1 microsecond' WHERE position = 2", "event", 2),
        ("UPDATE events SET source = 'platform:rival' WHERE position = 3", "event", 3),
        ("UPDATE events SET id = 'other' WHERE position = 300", "event", 300),
        ("UPDATE events SET type = 'pledge.cancelled' WHERE position = 300", "event", 300),
        ("UPDATE events SET leaf = sha256('') WHERE position = 300", "event", 300),
        ("UPDATE events SET content_hash = sha256('') WHERE position = 300", "event", 300),
        ("UPDATE events SET position = 5000000000 WHERE position = 300", "event", 300),
        ("UPDATE events SET position = 701 WHERE position = 650", "event", 650),
        ("DELETE FROM events WHERE position = 40", "event", 40),
        ("DELETE FROM events WHERE position > 645", "checkpoint", 291),
        ("UPDATE tiles SET hashes = set_byte(hashes, 64, get_byte(hashes, 64) # 128) WHERE n = 1", "tile", 259),
        ("UPDATE tiles SET root = sha256(root) WHERE n = 1", "tile", 257),
        ("UPDATE tiles SET n = 7 WHERE n = 1", "tile", 257),
        ("UPDATE tiles SET level = 1 WHERE n = 1", "tile", 257),
        ("DELETE FROM tiles WHERE n = 0", "tile", 1),
        ("UPDATE checkpoints SET root = sha256(root) WHERE size = 290", "checkpoint", 6),
        ("UPDATE checkpoints SET frontier = '' WHERE size = 5", "checkpoint", 1),
        ("UPDATE checkpoints SET size = 291 WHERE size = 290", "checkpoint", 6),
        ("UPDATE checkpoints SET size = 1::bigint << 40 WHERE size = 650", "checkpoint", 291),
        ("UPDATE checkpoints SET sealed_at = sealed_at + interval '1 us' WHERE size = 5", "checkpoint", 1),
        ("UPDATE checkpoints SET note = replace(note, '290', '291') WHERE size = 290", "checkpoint", 6),
        ("UPDATE cosignatures SET line = replace(line, 'w1', 'w2') WHERE size = 5", "cosignature", 5),
        ("UPDATE cosignatures SET size = 291 WHERE size = 650", "cosignature", 292),
    ],
)
def test_an_alteration_is_named(connection: psycopg.Connection, statement: str, what: str, position: int) -> None:
    connection.execute(statement.encode())
    first = min(found(connection), key=lambda each: each.position)
    assert (first.what, first.position) == (what, position), first


def test_who_alters_event_and_leaf_alike_is_found_by_the_tile(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = written_over(connection, 301, monkeypatch)
    first, *_ = found(connection)
    assert (first.what, first.position) == ("tile", 301)
    connection.execute("UPDATE tiles SET hashes = overlay(hashes placing %s from %s) WHERE n = 1", (other, 44 * 32 + 1))
    first, *_ = found(connection)
    assert first.what in {"tile", "checkpoint"}
    assert first.position in {257, 291}


def written_over(connection: psycopg.Connection, position: int, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Put another, well-made event in the place of one; its leaf."""
    made = grown.body_of
    monkeypatch.setattr(grown, "body_of", lambda n: made(n).replace(b"P-", b"Q-"))
    connection.execute("DELETE FROM events WHERE position = %s", (position,))
    (leaf,) = leafed(connection, 1, position - 1)
    return leaf


def test_a_stranger_who_signs_everything_anew_is_found_by_the_key(connection: psycopg.Connection) -> None:
    strangers = signing.of_log(SIGNERS[0].key.name, b"s" * 32, b"t" * 32)
    for table in ("checkpoints", "tiles", "cosignatures"):
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    connection.commit()
    sealer.seal(connection, strangers)
    for each in strangers:
        tree.keep_key(connection, each.key, clock.now())
    assert list(differences(connection)) == []  # by the keys that lie beside it, all is well
    assert {each.what for each in found(connection)} == {"checkpoint"}
