"""Tiles: their addresses, their growth in any steps, proofs out of them equal to proofs out of all leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import merkle
from ledger.tiles import EMPTY, WIDTH, Edge, Row, Tile, bundle, grow, parse_path, perfect_root, proof, unbundle

LEAVES = [sha256(b"%d" % n).digest() for n in range(3000)]


@pytest.mark.parametrize(
    ("path", "tile"),
    [
        ("0/000", Tile(0, 0)),
        ("0/x001/x234/067", Tile(0, 1234067)),
        ("5/999.p/1", Tile(5, 999, 1)),
        ("63/x001/000.p/255", Tile(63, 1000, 255)),
        ("entries/x001/x234/067.p/112", Tile(None, 1234067, 112)),
    ],
)
def test_addresses(path: str, tile: Tile) -> None:
    assert parse_path(path) == tile
    assert tile.path == path


@pytest.mark.parametrize(
    "path",
    ["", "0", "0/", "0/0", "0/00", "0/0000", "00/000", "01/000", "64/000", "-1/000", "0/x000/001", "0/000/001",
     "0/x001/x002", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000.p/", "0/000.p", "0/000/", "0/x01/001", "0/٠٠٠",
     "entries/0", "data/000", "0/000\n", "../0/000", "0/X001/000", "0/" + "x999/" * 10 + "999"],
)  # fmt: skip
def test_what_is_no_address(path: str) -> None:
    with pytest.raises(ValueError, match=r"tile|level|log"):
        parse_path(path)


@given(st.integers(0, 1 << 60), st.integers(0, 63), st.integers(1, 256))
def test_every_address_reads_back(n: int, level: int, width: int) -> None:
    for kind in (level, None):
        assert parse_path(Tile(kind, n, width).path) == Tile(kind, n, width)


@given(st.lists(st.integers(0, 700), max_size=6))
def test_growth_in_any_steps_is_the_same(steps: list[int]) -> None:
    edge, tiles, size = EMPTY, [], 0
    for wanted in steps:
        step = min(wanted, len(LEAVES) - size)
        edge, full = grow(edge, b"".join(LEAVES[size : size + step]))
        tiles += full
        size += step
    at_once, all_tiles = grow(EMPTY, b"".join(LEAVES[:size]))
    assert (edge.size, edge.root) == (size, merkle.tree_root(LEAVES[:size]))
    assert edge.frontier == at_once.frontier == merkle.extend((), 0, LEAVES[:size])[0]
    assert sorted(tiles) == sorted(all_tiles)
    for each in tiles:
        assert each.root == perfect_root(each.hashes) == merkle.tree_root(LEAVES[each.n * 256 : each.n * 256 + 256])


@given(st.integers(1, len(LEAVES)), st.data())
def test_proofs_out_of_tiles_are_those_out_of_leaves(size: int, data: st.DataObject) -> None:
    levels: list[list[bytes]] = [LEAVES[:size]]
    while len(levels[-1]) >= WIDTH:
        below = levels[-1]
        levels.append([merkle.tree_root(below[at : at + WIDTH]) for at in range(0, len(below) // WIDTH * WIDTH, WIDTH)])

    def read(rows: Sequence[Row]) -> Mapping[Row, bytes]:
        for _, first, end in rows:
            assert first // WIDTH == (end - 1) // WIDTH, "a row lies in one tile"
        return {(level, first, end): b"".join(levels[level][first:end]) for level, first, end in rows}

    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))

    def plain(start: int, end: int) -> bytes:
        return merkle.tree_root(LEAVES[start:end])

    assert proof(lambda s: merkle.inclusion_path(index, size, s), read) == merkle.inclusion_path(index, size, plain)
    assert proof(lambda s: merkle.consistency_path(old, size, s), read) == merkle.consistency_path(old, size, plain)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles(entries: list[bytes]) -> None:
    assert unbundle(bundle(entries)) == entries
    if entries:
        with pytest.raises(ValueError, match="cut off"):
            unbundle(bundle(entries) + b"\0")


def test_the_longest_entry_fits_and_a_longer_one_is_named() -> None:
    assert unbundle(bundle([b"x" * 65_535])) == [b"x" * 65_535]
    with pytest.raises(ValueError, match="entry 1 of the bundle has 65536 bytes"):
        bundle([b"", b"x" * 65_536])


def test_the_example_of_the_standard() -> None:
    size = 70_000
    assert Tile(0, 272).within(size)
    assert not Tile(0, 273).within(size)
    assert Tile(0, 273, 112).within(size)
    assert not Tile(0, 273, 113).within(size)
    assert Tile(1, 1, 17).within(size)
    assert not Tile(1, 1, 18).within(size)
    assert Tile(2, 0, 1).within(size)
    assert not Tile(2, 0, 2).within(size)
    assert Tile(None, 273, 112).within(size)
    assert Edge(0, ()).root == merkle.EMPTY_ROOT
