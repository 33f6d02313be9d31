"""RFC 6962 Merkle tree: leaf and node hashes, roots, inclusion and consistency. Standard library only.

An auditor copies this one file. A tree is named by its size; hashes are 32 bytes. The compact form of a tree of n
leaves (its *frontier*) is the list of roots of its perfect subtrees, largest first: one per set bit of n.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence


def leaf_hash(entry: bytes) -> bytes:
    """MTH({d}) = SHA-256(0x00 || d), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right), RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


EMPTY_ROOT = hashlib.sha256(b"").digest()


def extend(frontier: Sequence[bytes], size: int, leaves: Iterable[bytes]) -> tuple[list[bytes], int]:
    """The frontier and size after `leaves` (leaf hashes) joined a tree of `size`.

    Each new leaf closes as many perfect subtrees as its index has trailing one bits: like a carry in binary addition.
    """
    roots = list(frontier)
    assert len(roots) == size.bit_count(), "the frontier doesn't belong to a tree of this size"
    for leaf in leaves:
        node, index = leaf, size
        while index & 1:
            node = node_hash(roots.pop(), node)
            index >>= 1
        roots.append(node)
        size += 1
    return roots, size


def root(frontier: Sequence[bytes]) -> bytes:
    """The tree head of a frontier: its subtrees folded from the smallest, SHA-256 of nothing for the empty tree."""
    if not frontier:
        return EMPTY_ROOT
    node = frontier[-1]
    for left in reversed(frontier[:-1]):
        node = node_hash(left, node)
    return node


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The tree head over all `leaves` (leaf hashes)."""
    return root(extend((), 0, leaves)[0])


def _split(size: int) -> int:
    """The largest power of two below `size` (RFC 6962's k)."""
    return 1 << ((size - 1).bit_length() - 1)


Subtree = Callable[[int, int], bytes]  # (start, end) -> root over the leaves start..end-1


def inclusion_path(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The audit path of leaf `index` (from 0) in a tree of `size`, nearest sibling first. RFC 6962 section 2.1.1."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} isn't in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    path.reverse()
    return path


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], head: bytes) -> bool:
    """Whether `path` proves that leaf hash `leaf` is at `index` of the tree of `size` with `head`. RFC 9162 2.1.3.2."""
    if not 0 <= index < size:
        return False
    node, last = index, size - 1
    current = leaf
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            current = node_hash(sibling, current)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            current = node_hash(current, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and current == head


def consistency_path(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """The proof that the tree of `old` leaves is a prefix of the tree of `new`. RFC 6962 section 2.1.2."""
    if not 0 < old <= new:
        raise ValueError(f"no proof from size {old} to size {new}")
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(subtree(start, end))
    path.reverse()
    return path


def verify_consistency(old: int, new: int, old_head: bytes, new_head: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` proves that `old_head` (size `old`) is a prefix of `new_head` (size `new`). RFC 9162 2.1.4.2."""
    if old == new:
        return not path and old_head == new_head
    if not 0 < old < new:
        return False
    nodes = list(path)
    if old & (old - 1) == 0:
        nodes.insert(0, old_head)
    if not nodes:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node >>= 1
        last >>= 1
    first = second = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            second = node_hash(second, sibling)
        node >>= 1
        last >>= 1
    return last == 0 and first == old_head and second == new_head
