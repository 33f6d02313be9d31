"""Sealing: the tree is over exactly the entries of the log, heads are consistent, tiles are there, two are harmless."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.rows import scalar_row

from ledger import checkpoint, merkle, signing
from ledger.kernel import clock
from ledger.recorded import entry, stamp
from ledger.store import sealer, tree
from ledger.store.sealer import Inconsistent, Sealing
from ledger.store.tree import Sealed
from ledger.tiles import WIDTH, Tile
from tests.ledger.store.events import pledge, setting
from tests.ledger.store.grown import ORIGIN, SIGNERS, leafed
from tests.ledger.store.test_appender import Desk

KEYS = [each.key for each in SIGNERS]


def test_heads_grow_and_stay_consistent(database_url: str) -> None:
    desk = Desk(database_url)
    sizes: list[int] = []
    with psycopg.connect(database_url) as connection:
        desk.send(*setting())
        for batch in range(5):
            desk.send(*(pledge(f"P-{batch}-{n}") for n in range(3 * batch + 1)))
            sealed = sealer.seal(connection, SIGNERS)
            assert sealed is not None
            assert checkpoint.opened(sealed.note, KEYS).size == sealed.size
            sizes.append(sealed.size)
        assert sealer.seal(connection, SIGNERS) is None
        leaves = leaves_from_rows(connection)
        for old in sizes:
            path = tree.consistency(connection, old, sizes[-1])
            root = merkle.tree_root(leaves[:old])
            assert merkle.verify_consistency(old, sizes[-1], root, sealed.root, path)
    desk.appender.close()
    assert sizes == sorted(set(sizes))
    assert merkle.tree_root(leaves) == sealed.root


def leaves_from_rows(connection: psycopg.Connection) -> list[bytes]:
    """Made again from the stored columns, as an auditor would."""
    leaves = []
    rows = connection.execute("SELECT position, body, postings, recorded_at FROM events ORDER BY position")
    for position, body, postings, recorded_at in rows:
        text = entry(body, position, postings, stamp(recorded_at))
        assert json.loads(text)["position"] == position
        leaves.append(merkle.leaf_hash(text))
    return leaves


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url) as made:
        yield made


def test_tiles_are_those_of_the_standard(connection: psycopg.Connection) -> None:
    leaves = leafed(connection, 70_000)
    sealed = sealer.seal(connection, SIGNERS)
    assert sealed
    assert (sealed.size, sealed.root) == (70_000, merkle.tree_root(leaves))
    counts = connection.execute("SELECT level, count(*) FROM tiles GROUP BY level ORDER BY level").fetchall()
    assert counts == [(0, 273), (1, 1)]  # the example of the standard
    level0 = tree.tile(connection, Tile(0, 7), 70_000)
    assert level0 == b"".join(leaves[7 * WIDTH : 8 * WIDTH])
    level1 = tree.tile(connection, Tile(1, 0), 70_000)
    assert level1[-32:] == merkle.tree_root(leaves[255 * WIDTH : 256 * WIDTH])
    assert len(tree.tile(connection, Tile(0, 273, 112), 70_000)) == 112 * 32
    assert tree.tile(connection, Tile(1, 1, 17), 70_000)[:32] == merkle.tree_root(leaves[65536 : 65536 + 256])
    assert tree.tile(connection, Tile(2, 0, 1), 70_000) == merkle.tree_root(leaves[:65536])
    for index, size in ((0, 70_000), (69_999, 70_000), (65_535, 65_536), (300, 40_001), (0, 1)):
        path = tree.inclusion(connection, index, size)
        assert merkle.verify_inclusion(leaves[index], index, size, path, tree.root(connection, size))


def test_a_new_process_goes_on_where_the_old_one_ended(connection: psycopg.Connection) -> None:
    leaves: list[bytes] = []
    for more in (3, 253, 1, 600, 65_000, 1):
        leaves += leafed(connection, more, len(leaves))
        sealed = sealer.seal(connection, SIGNERS)
        assert sealed
        assert sealed.root == merkle.tree_root(leaves)


def test_a_crash_between_leaves_nothing_half(database_url: str) -> None:
    with psycopg.connect(database_url) as first:
        leafed(first, 700)
        sealing = Sealing(first, SIGNERS)
        first.execute("SET LOCAL lock_timeout = 0")
        sealing.round(clock.now())
        leafed(first, 700, 700)
        broken = Sealing(first, SIGNERS)
        broken._add = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            broken.round(clock.now())
        first.rollback()
        assert first.execute("SELECT max(size) FROM checkpoints").fetchone() == (700,)
        sealed = sealing.round(clock.now())
    assert isinstance(sealed, Sealed)
    assert sealed.size == 1400


def test_two_sealers_make_one_history(database_url: str) -> None:
    stop = threading.Event()
    failures: list[Exception] = []

    def run() -> None:
        with psycopg.connect(database_url) as connection:
            sealing = Sealing(connection, SIGNERS)
            while not stop.is_set():
                try:
                    sealing.round(clock.now())
                except (Inconsistent, psycopg.Error) as error:
                    failures.append(error)
                    return

    threads = [threading.Thread(target=run) for _ in range(3)]
    for each in threads:
        each.start()
    leaves: list[bytes] = []
    with psycopg.connect(database_url) as connection:
        for more in range(1, 60):
            leaves += leafed(connection, more * 7, len(leaves))
        stop.set()
        for each in threads:
            each.join()
        assert not failures
        sealer.seal(connection, SIGNERS)
        rows = connection.execute("SELECT size, root FROM checkpoints ORDER BY size").fetchall()
        assert rows[-1] == (len(leaves), merkle.tree_root(leaves))
        assert all(merkle.tree_root(leaves[:size]) == root for size, root in rows)
        assert connection.execute("SELECT count(*) FROM tiles WHERE level = 0").fetchone() == (len(leaves) // WIDTH,)


def test_an_altered_past_is_never_signed(connection: psycopg.Connection) -> None:
    leafed(connection, 300)
    sealer.seal(connection, SIGNERS)
    connection.execute("ALTER TABLE events DISABLE TRIGGER events_append_only")
    connection.execute("UPDATE events SET leaf = sha256(leaf) WHERE position = 280")
    connection.commit()
    leafed(connection, 5, 300)
    with pytest.raises(Inconsistent, match="don't give the root that was signed"):
        Sealing(connection, SIGNERS).round(clock.now())
    connection.rollback()
    assert connection.execute("SELECT max(size) FROM checkpoints").fetchone() == (300,)


def test_a_stop_holds_for_all_until_someone_resumes(connection: psycopg.Connection) -> None:
    leafed(connection, 10)
    sealing = Sealing(connection, SIGNERS)
    stopped = sealer.stop(connection, 10, "a witness has seen another history", clock.now())
    assert sealing.round(clock.now()) == stopped
    assert sealer.seal(connection, SIGNERS) is None
    sealer.resume(connection, 10, "looked into it: lin", clock.now())
    assert isinstance(sealing.round(clock.now()), Sealed)


def test_known_time_never_goes_back(connection: psycopg.Connection) -> None:
    sealing, now = Sealing(connection, SIGNERS), datetime(2026, 3, 2, tzinfo=UTC)
    leafed(connection, 1)
    sealing.round(now)
    leafed(connection, 1, 1)
    sealing.round(now - timedelta(days=3))
    with connection.cursor(row_factory=scalar_row) as cursor:
        assert cursor.execute("SELECT sealed_at FROM checkpoints ORDER BY size").fetchall() == [now, now]


def test_a_database_from_before_tiles_gets_them(connection: psycopg.Connection) -> None:
    leaves = leafed(connection, 1000)
    frontier, _ = merkle.extend((), 0, leaves)
    head = checkpoint.Head(ORIGIN, 1000, merkle.root(frontier))
    note = str(signing.signed(head, SIGNERS[:1], 0))
    connection.execute(
        "INSERT INTO checkpoints VALUES (1000, %s, %s, %s, now())", (head.root, b"".join(frontier), note)
    )
    connection.commit()
    leafed(connection, 30, 1000)
    sealer.seal(connection, SIGNERS)
    assert connection.execute("SELECT count(*) FROM tiles").fetchone() == (4,)


def test_a_thread_that_fails_says_so_and_goes_on(database_url: str, connection: psycopg.Connection) -> None:
    leafed(connection, 10)
    connection.execute("ALTER TABLE checkpoints RENAME TO elsewhere")
    connection.commit()
    running = sealer.Sealer(database_url, SIGNERS, every_seconds=0.02).start()
    time.sleep(0.3)
    connection.execute("ALTER TABLE elsewhere RENAME TO checkpoints")
    connection.commit()
    deadline = time.monotonic() + 10
    while tree.latest(connection) is None:
        connection.rollback()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.stop()
