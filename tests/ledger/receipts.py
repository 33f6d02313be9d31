"""Receipts of a small log, well made."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from ledger import merkle, receipt, signing
from ledger.checkpoint import Head

ORIGIN = "ledger.example/城市"
LOG = signing.of_log(ORIGIN, bytes(range(32)), bytes(32))
WITNESS = signing.of_witness("witness.example/w1", b"w" * 32, b"v" * 32)
LOG_KEYS = [str(each.key) for each in LOG]
WITNESS_KEYS = [str(each.key) for each in WITNESS]


def entry(position: int, money: str = '"postings":[]') -> bytes:
    event = '{"data":{"pledge":"P-%d","reason":"因故"},"id":"e-%d","source":"platform:x","time":"2026-03-02T10:15:00Z"}'
    return (
        '{"event":' + event % (position, position) + f',"position":{position},{money},"recorded_at":"now"}}'
    ).encode()


def made(index: int = 70, size: int = 200, postings: bytes | None = None, by: Any = LOG, seen_by: Any = WITNESS) -> Any:
    money = '"postings":[]' if postings is None else f'"postings_sha256":"{sha256(postings).hexdigest()}"'
    leaves = [merkle.leaf_hash(entry(n + 1, money)) for n in range(size)]
    path = merkle.inclusion_path(index, size, lambda a, b: merkle.tree_root(leaves[a:b]))
    note = signing.signed(Head(ORIGIN, size, merkle.tree_root(leaves)), (*by, *seen_by), 1_772_417_700)
    proof = receipt.Proof(index, tuple(path), str(note))
    keys = [str(each.key) for each in (*by, *seen_by)]
    return receipt.made(entry(index + 1, money), proof, keys, postings)
