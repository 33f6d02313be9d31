"""The Merkle tree as it is stored: checkpoints, tiles, entries, and the proofs that are made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from ledger import merkle
from ledger.kernel.named_sql import load
from ledger.recorded import entry, stamp
from ledger.tiles import HASH_BYTES, HEIGHT, WIDTH, Row, Tile, bundle, proof

if TYPE_CHECKING:
    import psycopg

    from ledger.notes import VerifierKey

SQL: Final = load(Path(__file__).parent / "sql" / "evidence.sql")


class Sealed(NamedTuple):
    """A signed head."""

    size: int
    root: bytes
    note: str
    sealed_at: datetime


class KnownKey(NamedTuple):
    """A public key of the log, and from which size on it signed heads."""

    verifier_key: str
    since_size: int
    added_at: datetime


class NotSealed(Exception):
    """What was asked for is in the log, but beyond the newest signed head, which covers `sealed` entries."""

    def __init__(self, position: int, sealed: int) -> None:
        super().__init__(f"position {position} is under no signed tree head yet; the newest one covers {sealed}.")
        self.sealed = sealed


class Damaged(Exception):
    """Stored parts of the tree are missing or have the wrong length: what was asked can't be answered from them."""


def latest(connection: psycopg.Connection) -> Sealed | None:
    """The newest checkpoint, None before the first."""
    row = connection.execute(SQL["checkpoint"]).fetchone()
    return Sealed(*row) if row else None


def at_size(connection: psycopg.Connection, size: int) -> Sealed | None:
    """The checkpoint of this size, None where none was signed."""
    row = connection.execute(SQL["checkpoint_at"], {"size": size}).fetchone()
    return Sealed(*row) if row else None


def witnessed(connection: psycopg.Connection, size: int) -> Sealed | None:
    """The newest checkpoint of at least `size` that a witness has signed, None where there is none."""
    row = connection.execute(SQL["cosigned"], {"size": size}).fetchone()
    return Sealed(*row) if row else None


def with_cosignatures(connection: psycopg.Connection, sealed: Sealed) -> tuple[str, list[str]]:
    """A checkpoint's note with the lines of its witnesses, and the keys of those."""
    rows = connection.execute(SQL["cosignatures"], {"size": sealed.size}).fetchall()
    return sealed.note + "".join(line for _, line in rows), [key for key, _ in rows]


def keep_cosignature(connection: psycopg.Connection, size: int, key: VerifierKey, line: str) -> None:
    """Keep a witness's line beside the checkpoint of `size`; the first one by this key stays."""
    connection.execute(SQL["add_cosignature"], {"size": size, "key": str(key), "line": line})
    connection.commit()


def last_stop(connection: psycopg.Connection) -> tuple[str, datetime, int, str] | None:
    """The newest line about stopping: `stopped` or `resumed`, when, at which size, why. None where it never stopped."""
    return connection.execute(SQL["last_stop"]).fetchone()


def keep_key(connection: psycopg.Connection, key: VerifierKey, now: datetime) -> None:
    """Remember a public key of the log for ever."""
    connection.execute(SQL["add_key"], {"key": str(key), "now": now})
    connection.commit()


def keys(connection: psycopg.Connection) -> list[KnownKey]:
    """All public keys that ever signed heads, oldest first."""
    return [KnownKey(*row) for row in connection.execute(SQL["keys"]).fetchall()]


def inclusion(connection: psycopg.Connection, index: int, size: int) -> list[bytes]:
    """The audit path of leaf `index` (from 0) in the tree of `size`, which must be sealed."""
    return proof(
        lambda subtree: merkle.inclusion_path(index, size, subtree), lambda rows: hashes(connection, rows, size)
    )


def consistency(connection: psycopg.Connection, old: int, new: int) -> list[bytes]:
    """The proof that the tree of `old` is a prefix of that of `new`, which must be sealed; empty from nothing."""
    if old == 0:
        return []
    return proof(lambda subtree: merkle.consistency_path(old, new, subtree), lambda rows: hashes(connection, rows, new))


def root(connection: psycopg.Connection, size: int) -> bytes:
    """The head over the first `size` leaves, which must be sealed."""
    if size == 0:
        return merkle.EMPTY_ROOT
    return proof(lambda subtree: subtree(0, size), lambda rows: hashes(connection, rows, size))


def leaf(connection: psycopg.Connection, index: int) -> bytes:
    """The stored leaf hash at `index` (from 0). Raises Damaged where there is none."""
    return _stored(connection, 0, index, index + 1)


def tile(connection: psycopg.Connection, wanted: Tile, size: int) -> bytes:
    """The hashes of a tile that lies within the tree of `size`, concatenated."""
    assert wanted.level is not None, "entries are no hashes"
    where = (wanted.level, wanted.first, wanted.first + wanted.width)
    return hashes(connection, [where], size)[where]


def entries(connection: psycopg.Connection, first: int, end: int) -> list[bytes]:
    """The entry bytes of the leaves first ... end-1 (from 0), made from the log's columns. Raises Damaged."""
    rows = connection.execute(SQL["entries"], {"first": first, "end": end}).fetchall()
    if len(rows) != end - first:
        raise Damaged(f"of the events at positions {first + 1} to {end} only {len(rows)} are there")
    return [entry(body, position, postings, stamp(at)) for position, body, postings, at in rows]


def entry_bundle(connection: psycopg.Connection, wanted: Tile) -> bytes:
    """The entries under a level-0 tile, as C2SP tlog-tiles bundles them."""
    return bundle(entries(connection, wanted.first, wanted.first + wanted.width))


def hashes(connection: psycopg.Connection, rows: Sequence[Row], size: int) -> Mapping[Row, bytes]:
    """Rows of hashes, each within one tile: from the tile where it is full in the tree of `size`, else from below."""
    full = {(level, first // WIDTH) for level, first, _ in rows if Tile(level, first // WIDTH).within(size)}
    held = _full_tiles(connection, sorted(full))
    found: dict[Row, bytes] = {}
    for level, first, end in rows:
        n = first // WIDTH
        if (level, n) in full:
            start = n * WIDTH
            found[level, first, end] = held[level, n][(first - start) * HASH_BYTES : (end - start) * HASH_BYTES]
        else:
            found[level, first, end] = _stored(connection, level, first, end)
    return found


def _full_tiles(connection: psycopg.Connection, wanted: list[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    if not wanted:
        return {}
    levels, ns = (list(column) for column in zip(*wanted, strict=True))
    found = connection.execute(SQL["full_tiles"], {"levels": levels, "ns": ns}).fetchall()
    if len(found) != len(wanted):
        missing = sorted(set(wanted) - {(level, n) for level, n, _ in found})
        raise Damaged(f"tiles are missing: {', '.join(Tile(*each).path for each in missing[:5])}")
    return {(level, n): held for level, n, held in found}


def _stored(connection: psycopg.Connection, level: int, first: int, end: int) -> bytes:
    """Hashes at the right edge: leaves from the log, higher ones as roots of the tiles below."""
    block, below = ("leaves", 0) if level == 0 else ("roots", level - 1)
    row = connection.execute(SQL[block], {"level": below, "first": first, "end": end}).fetchone()
    if row is None or row[0] != end - first or len(row[1]) != (end - first) * HASH_BYTES:
        start, stop = (each << (HEIGHT * level) for each in (first, end))
        raise Damaged(f"hashes of level {level} over the positions {start + 1} to {stop} are missing")
    return bytes(row[1])


def origin(connection: psycopg.Connection) -> str | None:
    """Under which name this log has signed heads so far; None before the first."""
    sealed = latest(connection)
    return sealed.note.partition("\n")[0] if sealed else None
