"""Tiles of a Merkle tree as C2SP tlog-tiles has them: height 8, their addresses, their growth, proofs out of them.

A tile (level, n) has the hashes n*256 ... n*256+255 of its level; a hash of level l is the root over 256**l leaves.
Pure: what reads them from somewhere hands in the hashes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from ledger import merkle

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
HASH_BYTES: Final = 32
TILE_BYTES: Final = WIDTH * HASH_BYTES
ENTRY_BYTES_MAX: Final = 65_535  # what the length prefix of an entry bundle can say
_PATH = re.compile(r"(entries|\d{1,2})/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)
_LEVEL_MAX: Final = 63
_INDEX_DIGITS_MAX: Final = 21
T = TypeVar("T")


class Tile(NamedTuple):
    """The address of a tile. `level` None: the bundle of entries under the level-0 tile. `width` 256: a full one."""

    level: int | None
    n: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The address below `/tile/`."""
        digits = f"{self.n:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        *upper, last = [digits[start : start + 3] for start in range(0, len(digits), 3)]
        index = "".join(f"x{each}/" for each in upper) + last
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"{'entries' if self.level is None else self.level}/{index}{partial}"

    @property
    def first(self) -> int:
        """Index of the first hash, counted over its whole level."""
        return self.n * WIDTH

    def within(self, size: int) -> bool:
        """Whether a tree of `size` leaves has all hashes of this tile."""
        return self.first + self.width <= size >> (HEIGHT * (self.level or 0))


def parse_path(path: str) -> Tile:
    """The tile at an address below `/tile/`. Raises ValueError unless it is in the one form that is allowed."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise ValueError("a tile's address reads <level>/<index>, such as 0/x001/234 or entries/000.p/17")
    kind, index, width = match.groups()
    number = index.replace("x", "").replace("/", "")
    if len(number) > _INDEX_DIGITS_MAX:
        raise ValueError("no log has that many tiles")
    tile = Tile(None if kind == "entries" else int(kind), int(number), int(width) if width else WIDTH)
    if tile.path != path or (tile.level or 0) > _LEVEL_MAX or (width and tile.width >= WIDTH):
        raise ValueError("levels are 0 to 63 and widths 1 to 255, without leading zeroes; whole tiles have no .p/")
    return tile


class FullTile(NamedTuple):
    """256 hashes, concatenated, and the root over them: a hash of the next level."""

    level: int
    n: int
    hashes: bytes
    root: bytes


class Edge(NamedTuple):
    """The right edge of a tree: per level, the hashes of the tile that is not full yet, concatenated."""

    size: int
    partials: tuple[bytes, ...]

    @property
    def frontier(self) -> list[bytes]:
        """The roots of the perfect subtrees, largest first (see `merkle`)."""
        return [node for partial in reversed(self.partials) for node in merkle.extend((), 0, split(partial))[0]]

    @property
    def root(self) -> bytes:
        """The tree head."""
        return merkle.root(self.frontier)


EMPTY: Final = Edge(0, ())


def split(hashes: bytes) -> list[bytes]:
    """The single hashes of a concatenation."""
    return [hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)]


def grow(edge: Edge, leaves: bytes) -> tuple[Edge, list[FullTile]]:
    """The edge after `leaves` (leaf hashes, concatenated) were added, and the tiles that became full by it."""
    full: list[FullTile] = []
    partials = list(edge.partials)
    fresh, level = leaves, 0
    while fresh:
        if level == len(partials):
            partials.append(b"")
        index = edge.size >> (HEIGHT * (level + 1))  # tiles of this level that were full before
        held = partials[level] + fresh
        whole = len(held) // TILE_BYTES * TILE_BYTES
        done = [
            FullTile(level, index + number, chunk, perfect_root(chunk))
            for number, chunk in enumerate(held[start : start + TILE_BYTES] for start in range(0, whole, TILE_BYTES))
        ]
        partials[level] = held[whole:]
        full += done
        fresh, level = b"".join(each.root for each in done), level + 1
    return Edge(edge.size + len(leaves) // HASH_BYTES, tuple(partials)), full


def perfect_root(hashes: bytes) -> bytes:
    """The root over a power of two of hashes, concatenated: pairs stand side by side already."""
    sha256 = hashlib.sha256
    while len(hashes) > HASH_BYTES:
        pairs = range(0, len(hashes), 2 * HASH_BYTES)
        hashes = b"".join([sha256(b"\x01" + hashes[at : at + 2 * HASH_BYTES]).digest() for at in pairs])
    return hashes


def perfect(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The perfect subtrees (start, leaves) of the leaves start..end-1 of a subtree of RFC 6962, largest first."""
    while start < end:
        size = 1 << ((end - start).bit_length() - 1)
        yield start, size
        start += size


Row = tuple[int, int, int]  # level, and the hashes from here until there, counted over the level


def row(start: int, leaves: int) -> Row:
    """Where the hashes are from which the root of a perfect subtree is taken: all in one tile."""
    height = leaves.bit_length() - 1
    level = height // HEIGHT
    first = start >> (HEIGHT * level)
    return level, first, first + (leaves >> (HEIGHT * level))


def proof(make: Callable[[merkle.Subtree], T], read: Callable[[Sequence[Row]], Mapping[Row, bytes]]) -> T:
    """What `make` gives (a path, a root), with all the hashes that it needs read at once.

    `make` runs twice: the first time it only tells what it asks for.
    """
    asked: dict[Row, None] = {}

    def note(start: int, end: int) -> bytes:
        asked.update(dict.fromkeys(row(*part) for part in perfect(start, end)))
        return merkle.EMPTY_ROOT

    make(note)
    found = read(list(asked))
    return make(lambda start, end: merkle.root([perfect_root(found[row(*part)]) for part in perfect(start, end)]))


def bundle(entries: Sequence[bytes]) -> bytes:
    """An entry bundle: each entry after its length in two bytes. Raises ValueError for one that doesn't fit."""
    for number, entry in enumerate(entries):
        if len(entry) > ENTRY_BYTES_MAX:
            raise ValueError(f"entry {number} of the bundle has {len(entry)} bytes, {ENTRY_BYTES_MAX} is the most")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises ValueError where it was cut off."""
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entries.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(data):
        raise ValueError("the bundle was cut off")
    return entries
