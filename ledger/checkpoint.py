"""Tree heads as C2SP tlog-checkpoint has them: a signed note of origin, size and root."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final, NamedTuple

from ledger.notes import Note, NoteError, VerifierKey, parse, signers, unbase64

_SIZE_DIGITS_MAX: Final = 19
_ROOT_BYTES: Final = 32


class Head(NamedTuple):
    """A tree head: `root` is the RFC 6962 hash over the first `size` entries of the log `origin`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def head_of(note: Note) -> Head:
    """The head that a note states, signed or not. Raises NoteError."""
    lines = note.text.split("\n")
    if len(lines) < 4 or not all(lines[:-1]):
        raise NoteError("a checkpoint has three lines: origin, size and root")
    origin, size, root = lines[:3]
    if not (size.isascii() and size.isdecimal()) or len(size) > _SIZE_DIGITS_MAX or str(int(size)) != size:
        raise NoteError(f"{size[:20]!r} is no size of a tree")
    head = Head(origin, int(size), unbase64(root))
    if len(head.root) != _ROOT_BYTES:
        raise NoteError("the root of a checkpoint has 32 bytes")
    return head


def opened(text: str, keys: Sequence[VerifierKey]) -> Head:
    """The head of a checkpoint that the log signed with one of `keys`, by all of them that signed it.

    Raises NoteError saying what is wrong. Keys of others than the log count for nothing here.
    """
    note = parse(text)
    head = head_of(note)
    if not signers(note, [key for key in keys if key.name == head.origin]):
        raise NoteError(f"no signature of {head.origin} by the given key")
    return head
