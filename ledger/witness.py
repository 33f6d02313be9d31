"""The protocol between a log and its witness: C2SP tlog-witness, `add-checkpoint`. Pure, both sides of it.

A witness remembers one size and one root per log, and signs only heads that its memory is a prefix of.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from ledger import notes
from ledger.checkpoint import Head, head_of
from ledger.merkle import EMPTY_ROOT, verify_consistency
from ledger.notes import Note, NoteError, Signature, VerifierKey, unbase64

SIZE_TYPE: Final = "text/x.tlog.size"
PATH_MAX: Final = 63
_DIGITS_MAX: Final = 19


class Seen(NamedTuple):
    """The largest head of a log that a witness has signed."""

    size: int
    root: bytes


NOTHING_SEEN: Final = Seen(0, EMPTY_ROOT)


class Submission(NamedTuple):
    """A head, and the proof that the tree of `old` is a prefix of it."""

    old: int
    path: tuple[bytes, ...]
    note: Note


class NotCosigned(Exception):
    """Why a witness doesn't sign, as an HTTP status. `size` is what it signed last, where the standard has it said."""

    def __init__(self, status: int, reason: str, size: int | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.size = size


def written(old: int, path: Sequence[bytes], note: str) -> bytes:
    """The body of a request."""
    lines = [f"old {old}", *(base64.b64encode(each).decode() for each in path), "", note]
    return "\n".join(lines).encode()


def parsed(body: bytes) -> Submission:
    """Read the body of a request. Raises NotCosigned (400)."""
    try:
        upper, separator, note = body.decode().partition("\n\n")
        first, *path = upper.split("\n")
        word, _, digits = first.partition(" ")
        if not separator or word != "old" or not _is_size(digits):
            raise NotCosigned(400, "a request has a line `old N`, hashes, an empty line and a checkpoint.")
        if len(path) > PATH_MAX:
            raise NotCosigned(400, f"a proof of {len(path)} hashes is too long; {PATH_MAX} is the most.")
        hashes = tuple(unbase64(line) for line in path)
        return Submission(int(digits), hashes, notes.parse(note))
    except (NoteError, UnicodeDecodeError) as error:
        raise NotCosigned(400, f"{error}.") from None


def judged(asked: Submission, logs: Mapping[str, Sequence[VerifierKey]], memory: Mapping[str, Seen]) -> Head:
    """The head that may be signed. Raises NotCosigned with the status that the standard gives each case."""
    try:
        head = head_of(asked.note)
    except NoteError as error:
        raise NotCosigned(400, f"{error}.") from None
    if head.origin not in logs:
        raise NotCosigned(404, f"this witness doesn't know the log {head.origin}.")
    try:
        if not notes.signers(asked.note, logs[head.origin]):
            raise NotCosigned(403, f"no signature by a known key of {head.origin}.")
    except NoteError as error:
        raise NotCosigned(403, f"{error}.") from None
    if asked.old > head.size:
        raise NotCosigned(400, f"old size {asked.old} is beyond the checkpoint's size {head.size}.")
    seen = memory.get(head.origin, NOTHING_SEEN)
    if asked.old != seen.size:
        raise NotCosigned(409, f"the last size signed is {seen.size}.", seen.size)
    if asked.old == head.size:
        if head.root != seen.root:
            raise NotCosigned(409, f"another root was signed at size {seen.size}.", seen.size)
        return head
    if not _extends(seen, head, asked.path):
        raise NotCosigned(422, f"the proof doesn't lead from the size {seen.size} that was signed to {head.size}.")
    return head


def answered(body: str, keys: Sequence[VerifierKey], note: Note) -> list[tuple[VerifierKey, Signature]]:
    """The cosignatures by `keys` in a witness's answer; others are none of ours. Raises NoteError where one is bad."""
    lines = body.split("\n")
    if lines[-1] or not lines[0]:
        raise NoteError("a witness answers with signature lines, each with a newline")
    found = Note(note.text, tuple(notes.parse_signature(line) for line in lines[:-1]))
    return notes.signers(found, keys)


def _extends(seen: Seen, head: Head, path: Sequence[bytes]) -> bool:
    if seen.size == 0:
        return not path
    return verify_consistency(seen.size, head.size, seen.root, head.root, path)


def _is_size(digits: str) -> bool:
    return digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS_MAX and str(int(digits)) == digits
