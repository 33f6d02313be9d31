"""Splits a stream of bytes into lines, holding no more of it than one line's limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

LINE_BYTES_MAX: Final = 1024 * 1024
KEPT_BYTES_MAX: Final = 4096  # what is kept of a line that is over the limit, to show its sender what it was
# A decompressed piece can be 8 MiB of newlines: cut small, it never becomes millions of objects at once.
_PIECE_BYTES_MAX: Final = 64 * 1024


class Overlong(NamedTuple):
    """A line over the limit: how it began and how long it was. The rest was dropped as it came."""

    head: bytes
    length: int


class LineSplitter:
    """Feed it pieces, take out lines without their line end. Blank lines are left out, as NDJSON readers do."""

    def __init__(self, limit: int = LINE_BYTES_MAX) -> None:
        self._limit = limit
        self._held = bytearray()  # the present line so far
        self._length = 0  # its bytes, also those that were dropped

    def feed(self, piece: bytes) -> Iterator[bytes | Overlong]:
        """The lines that this piece completes."""
        for start in range(0, len(piece), _PIECE_BYTES_MAX):
            first, *others = piece[start : start + _PIECE_BYTES_MAX].split(b"\n")
            self._hold(first)
            if not others:
                continue
            yield from self.finish()
            last = others.pop()
            for line in others:
                if len(line) > self._limit:
                    yield Overlong(line[:KEPT_BYTES_MAX], len(line))
                elif line and not line.isspace():
                    yield line
            self._hold(last)

    def finish(self) -> Iterator[bytes | Overlong]:
        """The line that is held, if any: at a line end, and at the end of a body without one."""
        line, length = bytes(self._held), self._length
        self._held.clear()
        self._length = 0
        if length > self._limit:
            yield Overlong(line[:KEPT_BYTES_MAX], length)
        elif line and not line.isspace():
            yield line

    def _hold(self, part: bytes) -> None:
        self._length += len(part)
        if self._length <= self._limit:
            self._held += part
        else:
            del self._held[KEPT_BYTES_MAX:]
