"""RFC 6962 trees: known answers, and proofs that hold for every size and fail for every change."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import checkpoint, merkle, signing

# Reference inputs of the Certificate Transparency implementations (trillian, certificate-transparency-go).
ENTRIES = [
    bytes.fromhex(text)
    for text in ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]


@pytest.mark.parametrize("size", range(9))
def test_known_roots(size: int) -> None:
    assert merkle.tree_root(LEAVES[:size]).hex() == ROOTS[size]


def leaves_of(size: int) -> list[bytes]:
    return [hashlib.sha256(bytes([n % 256, n // 256])).digest() for n in range(size)]


@given(st.integers(1, 130), st.data())
def test_inclusion_holds_and_nothing_else_does(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_path(index, size, lambda a, b: merkle.tree_root(leaves[a:b]))
    head = merkle.tree_root(leaves)
    assert merkle.verify_inclusion(leaves[index], index, size, path, head)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"other"), index, size, path, head)
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index) if size > 1 else st.just(size))
    assert not merkle.verify_inclusion(leaves[index], other, size, path, head)
    if path:
        flipped = [*path[:-1], bytes([path[-1][0] ^ 1]) + path[-1][1:]]
        assert not merkle.verify_inclusion(leaves[index], index, size, flipped, head)
        assert not merkle.verify_inclusion(leaves[index], index, size, path[:-1], head)


@given(st.integers(1, 130), st.integers(0, 130))
def test_consistency_holds_and_a_rewritten_past_is_found(old: int, more: int) -> None:
    leaves = leaves_of(old + more)
    path = merkle.consistency_path(old, old + more, lambda a, b: merkle.tree_root(leaves[a:b]))
    before, after = merkle.tree_root(leaves[:old]), merkle.tree_root(leaves)
    assert merkle.verify_consistency(old, old + more, before, after, path)
    rewritten = merkle.tree_root([merkle.leaf_hash(b"x"), *leaves[1:old]])
    assert not merkle.verify_consistency(old, old + more, rewritten, after, path)


@given(st.lists(st.integers(0, 40), max_size=6))
def test_extending_in_steps_equals_all_at_once(steps: list[int]) -> None:
    frontier, size = [], 0
    leaves = leaves_of(sum(steps))
    for step in steps:
        frontier, size = merkle.extend(frontier, size, leaves[size : size + step])
    assert merkle.root(frontier) == merkle.tree_root(leaves)
    assert len(frontier) == size.bit_count()


def test_checkpoint_verifies_and_alterations_are_named() -> None:
    head = checkpoint.Head("ledger.example/city", 8, bytes.fromhex(ROOTS[8]))
    signers = signing.of_log(head.origin, bytes(range(32)), bytes(32))
    keys = [signers[0].key]
    note = str(signing.signed(head, signers, 1_700_000_000))
    assert checkpoint.opened(note, keys) == head
    with pytest.raises(ValueError, match="altered"):
        checkpoint.opened(note.replace("\n8\n", "\n7\n"), keys)
    with pytest.raises(ValueError, match="no signature"):
        checkpoint.opened(note, [keys[0]._replace(public=bytes(32))])
    with pytest.raises(ValueError, match="a note is a text"):
        checkpoint.opened("hello", keys)
