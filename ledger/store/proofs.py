"""Proofs and receipts as they are handed out, each under a signed head."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ledger import notes, receipt
from ledger.notes import parse_key
from ledger.recorded import POSTINGS_BYTES_MAX, entry, stamp
from ledger.store import tree
from ledger.store.tree import SQL, NotSealed, Sealed

if TYPE_CHECKING:
    import psycopg


class Inclusion(NamedTuple):
    """That a leaf is in a tree. `checkpoint` is None for a size at which no head was signed."""

    leaf_index: int
    size: int
    leaf: bytes
    root: bytes
    path: list[bytes]
    checkpoint: str | None


class Consistency(NamedTuple):
    """That the tree of `old` is a prefix of the tree of `new`, with their heads where they were signed."""

    old: int
    new: int
    old_root: bytes
    new_root: bytes
    path: list[bytes]
    old_checkpoint: str | None
    new_checkpoint: str | None


def inclusion(connection: psycopg.Connection, position: int, size: int | None) -> Inclusion | None:
    """The proof for an event in the tree of `size` (None: the newest head's); None where the log is shorter.

    Raises NotSealed where the event or the tree is there, but not under a signed head yet.
    """
    if not _reached(connection, max(position, size or 0)):
        return None
    newest = _covering(connection, max(position, size or 0))
    end = size or newest.size
    root = newest.root if end == newest.size else tree.root(connection, end)
    leaf, path = tree.leaf(connection, position - 1), tree.inclusion(connection, position - 1, end)
    return Inclusion(position - 1, end, leaf, root, path, _note(connection, end))


def consistency(connection: psycopg.Connection, old: int, new: int) -> Consistency | None:
    """The proof between two sizes, `old` <= `new`; None where the log is not that long. Raises NotSealed."""
    if not _reached(connection, new):
        return None
    _covering(connection, new)
    return Consistency(
        old, new, tree.root(connection, old), tree.root(connection, new), tree.consistency(connection, old, new),
        _note(connection, old), _note(connection, new),
    )  # fmt: skip


def receipt_of(connection: psycopg.Connection, source: str, name: str) -> dict[str, Any] | None:
    """The receipt of an event; None where none is recorded under this key. Raises NotSealed."""
    row = connection.execute(SQL["by_key"], {"source": source, "id": name}).fetchone()
    return _receipts(connection, [row])[0][1] if row else None


def receipts_about(
    connection: psycopg.Connection, tag: str, source: str | None, after: int, limit: int
) -> list[tuple[int, dict[str, Any]]]:
    """Position and receipt of each event that concerns an entity, in order; `source` narrows. Raises NotSealed."""
    asked = {"tag": tag, "source": source, "after": after, "limit": limit}
    return _receipts(connection, connection.execute(SQL["by_tag"], asked).fetchall())


def _receipts(connection: psycopg.Connection, rows: Sequence[Any]) -> list[tuple[int, dict[str, Any]]]:
    """All under one head: the newest that a witness has signed too, where one covers them all."""
    if not rows:
        return []
    last = max(row[0] for row in rows)
    sealed = tree.witnessed(connection, last) or _covering(connection, last)
    note, witnesses = tree.with_cosignatures(connection, sealed)
    keys = [*_signing(connection, sealed.note), *witnesses]
    made = []
    for position, body, postings, recorded_at in rows:
        path = tree.inclusion(connection, position - 1, sealed.size)
        named = postings if postings is not None and len(postings) > POSTINGS_BYTES_MAX else None
        content = entry(body, position, postings, stamp(recorded_at))
        proof = receipt.Proof(position - 1, tuple(path), note)
        made.append((position, receipt.made(content, proof, keys, named)))
    return made


def _signing(connection: psycopg.Connection, note: str) -> list[str]:
    """The log's keys that signed a head: not those of before or after a rotation."""
    parsed = notes.parse(note)
    return [each.verifier_key for each in tree.keys(connection) if notes.of(parse_key(each.verifier_key), parsed)]


def _reached(connection: psycopg.Connection, position: int) -> bool:
    row = connection.execute(SQL["end"]).fetchone()
    assert row is not None, "an aggregate has one row"
    return bool(position <= row[0])


def _covering(connection: psycopg.Connection, position: int) -> Sealed:
    newest = tree.latest(connection)
    if newest is None or position > newest.size:
        raise NotSealed(position, newest.size if newest else 0)
    return newest


def _note(connection: psycopg.Connection, size: int) -> str | None:
    sealed = tree.at_size(connection, size)
    return tree.with_cosignatures(connection, sealed)[0] if sealed else None
