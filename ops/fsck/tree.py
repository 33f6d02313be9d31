"""The Merkle tree over what the rows hold, against every signed head on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from ledger import checkpoint, merkle
from ops.fsck.events import Row
from ops.fsck.report import Report
from ops.fsck.sql import SQL


class Tree:
    """Grows with the rows. `public` is the key that signs heads (32 raw bytes), None where it is not here."""

    def __init__(self, connection: psycopg.Connection[Any], report: Report, public: bytes | None) -> None:
        self._connection = connection
        self._report = report
        self._public = public
        self._frontier: list[bytes] = []
        self._size = 0

    def take(self, rows: Sequence[Row]) -> None:
        """The next events, in order: leaves, then the heads that end among them."""
        leaves = []
        for row in rows:
            leaf = row.derived_leaf()
            if leaf != row.leaf:
                self._report.add("tree", row.position, "leaf", row.leaf, leaf)
            leaves.append(leaf)
        end = self._size + len(leaves)
        asked = {"after": self._size, "until": end}
        for size, root, frontier, note in self._connection.execute(SQL["checkpoints"], asked).fetchall():
            self._grow(leaves, size)
            self._check(size, root, frontier, note)
        self._grow(leaves, end)

    def finish(self, head: int) -> None:
        """Heads over more than there is: the log lost its end."""
        for (size,) in self._connection.execute(SQL["checkpoints_beyond"], {"head": head}):
            self._report.add("tree", head + 1, f"checkpoint of size {size}", "signed", f"the log ends at {head}")

    def _grow(self, leaves: list[bytes], size: int) -> None:
        count = size - self._size
        self._frontier, self._size = merkle.extend(self._frontier, self._size, leaves[:count])
        del leaves[:count]

    def _check(self, size: int, root: bytes, frontier: bytes, note: str) -> None:
        derived = merkle.root(self._frontier)
        if root != derived:
            self._report.add("tree", size, f"root of checkpoint {size}", root, derived)
        if frontier != b"".join(self._frontier):
            self._report.add("tree", size, f"frontier of checkpoint {size}", frontier, b"".join(self._frontier))
        check_note(self._report, size, derived, note, self._public)


def check_note(report: Report, size: int, root: bytes, note: str, public: bytes | None) -> None:
    """The signed text says the same, and we signed it."""
    try:
        head = checkpoint.verify(note, public) if public is not None else None
    except ValueError as error:
        report.add("tree", size, f"note of checkpoint {size}", note, str(error))
        return
    if head is not None and (head.size, head.root) != (size, root):
        report.add("tree", size, f"note of checkpoint {size}", f"{head.size} {head.root.hex()}", f"{size} {root.hex()}")
