"""Sealing: the tree is over exactly the entries of the log, heads are consistent, the signature holds."""

from __future__ import annotations

import json

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import checkpoint, merkle
from ledger.recorded import entry, stamp
from ledger.store import sealer
from tests.ledger.store.events import pledge, setting
from tests.ledger.store.test_appender import Desk

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "ledger.example/city"


def test_heads_grow_and_stay_consistent(database_url: str) -> None:
    desk = Desk(database_url)
    sizes: list[int] = []
    with psycopg.connect(database_url) as connection:
        desk.send(*setting())
        for batch in range(5):
            desk.send(*(pledge(f"P-{batch}-{n}") for n in range(3 * batch + 1)))
            sealed = sealer.seal(connection, ORIGIN, KEY)
            assert sealed is not None
            assert checkpoint.verify(sealed.note, KEY.public_key().public_bytes_raw()).size == sealed.size
            sizes.append(sealed.size)
        again = sealer.seal(connection, ORIGIN, KEY)
        assert again == sealed
        leaves = leaves_from_rows(connection)
        for old in sizes:
            path = merkle.consistency_path(old, sizes[-1], lambda a, b: merkle.tree_root(leaves[a:b]))
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
