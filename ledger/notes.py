"""Signed notes and their keys: C2SP signed-note, and the cosignature types of tlog-cosignature.

Everything here checks; nothing signs (see `signing`). It is a part of the verifier that an auditor copies, so it needs
the standard library, and `cryptography` only when a signature is looked at.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

ED25519: Final = 0x01  # signed-note: the key signs the text
COSIGNED_ED25519: Final = 0x04  # tlog-cosignature, "cosignature/v1": the key signs the time and the text
COSIGNED_ML_DSA_44: Final = 0x06  # tlog-cosignature, "subtree/v1": the key signs name, time, origin, size and root
ALGORITHMS: Final = {
    ED25519: "Ed25519",
    COSIGNED_ED25519: "Ed25519 cosignature",
    COSIGNED_ML_DSA_44: "ML-DSA-44 cosignature",
}
_PUBLIC_BYTES: Final = {ED25519: 32, COSIGNED_ED25519: 32, COSIGNED_ML_DSA_44: 1312}
_SIGNATURE_BYTES: Final = {ED25519: 64, COSIGNED_ED25519: 8 + 64, COSIGNED_ML_DSA_44: 8 + 2420}
_SIGNATURES_MAX: Final = 64
_MARK: Final = "\u2014 "


class NoteError(ValueError):
    """A note, a key or a signature that is not what it should be; the message says what is wrong."""


class CannotCheckError(Exception):
    """The means to check a signature are missing on this machine; nothing is said about the signature."""


class VerifierKey(NamedTuple):
    """A public key under a name; `kind` is the signature type."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which signature lines name the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """As people hand it on: `<name>+<id>+<base64 of type and key>`."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"


class Signature(NamedTuple):
    """A signature line. `value` is what follows the key's id."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """The line, with its newline."""
        return f"{_MARK}{self.name} {base64.b64encode(self.key_id + self.value).decode()}\n"

    @property
    def time(self) -> int:
        """When a cosignature was made, in seconds since 1970; its first eight bytes."""
        return int(struct.unpack(">Q", self.value[:8])[0])


class Note(NamedTuple):
    """A text, which ends in a newline, and who signed it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        """The note as it travels."""
        return f"{self.text}\n{''.join(each.line for each in self.signatures)}"


def unbase64(text: str) -> bytes:
    """The bytes of base64 in its one canonical form. Raises NoteError: two forms of one value hide an alteration."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError(f"{text[:20]!r} is not base64") from None
    if base64.b64encode(value).decode() != text:
        raise NoteError(f"{text[:20]!r} is not base64 in its canonical form")
    return value


def parse_key(text: str) -> VerifierKey:
    """A verifier key. Raises NoteError where it is none, or its id is not that of its name and key."""
    name, plus, rest = text.strip().partition("+")
    key_id, second, encoded = rest.partition("+")
    if not (name and plus and second) or any(character.isspace() for character in name):
        raise NoteError("a verifier key reads <name>+<8 hex digits>+<base64>")
    raw = unbase64(encoded)
    if not raw or raw[0] not in _PUBLIC_BYTES or len(raw) != 1 + _PUBLIC_BYTES[raw[0]]:
        raise NoteError(f"the key of {name} is neither Ed25519 (types 1 and 4) nor ML-DSA-44 (type 6)")
    key = VerifierKey(name, raw[0], raw[1:])
    if key.id.hex() != key_id:
        raise NoteError(f"the key of {name} should have the id {key.id.hex()}, not {key_id!r}: a digit was changed")
    return key


def parse(note: str) -> Note:
    """A note, without looking at whether its signatures hold. Raises NoteError."""
    if any(character < " " and character != "\n" for character in note):
        raise NoteError("a note has no control characters but newlines")
    text, separator, rest = note.rpartition("\n\n")
    if not separator or not text or not rest.endswith("\n"):
        raise NoteError("a note is a text, an empty line and signature lines, each with a newline")
    lines = rest[:-1].split("\n")
    if len(lines) > _SIGNATURES_MAX:
        raise NoteError(f"the note has {len(lines)} signatures, {_SIGNATURES_MAX} is the most")
    return Note(f"{text}\n", tuple(parse_signature(line) for line in lines))


def parse_signature(line: str) -> Signature:
    """One signature line without its newline. Raises NoteError."""
    name, space, encoded = line.removeprefix(_MARK).partition(" ")
    if not line.startswith(_MARK) or not space or not name or "+" in name:
        raise NoteError("a signature line reads \u2014 <name> <base64>")
    raw = unbase64(encoded)
    if len(raw) <= 4:
        raise NoteError(f"the signature of {name} is too short")
    return Signature(name, raw[:4], raw[4:])


def of(key: VerifierKey, note: Note) -> list[Signature]:
    """The lines that claim to be by this key."""
    return [each for each in note.signatures if (each.name, each.key_id) == (key.name, key.id)]


def check(key: VerifierKey, note: Note, signature: Signature) -> None:
    """Raise NoteError unless `key` made this signature over the note; CannotCheckError where nobody here can tell."""
    if len(signature.value) != _SIGNATURE_BYTES[key.kind]:
        raise NoteError(f"the signature of {key.name} has {len(signature.value)} bytes: not {ALGORITHMS[key.kind]}")
    if key.kind == ED25519:
        signed, raw = note.text.encode(), signature.value
    else:
        signed, raw = cosigned(key, note.text, signature.time), signature.value[8:]
    if not _holds(key, signed, raw):
        raise NoteError(f"the signature of {key.name} ({ALGORITHMS[key.kind]}) doesn't fit: something was altered")


def cosigned(key: VerifierKey, text: str, time: int) -> bytes:
    """What a cosigner signs over a checkpoint's text at `time` (seconds since 1970)."""
    if key.kind == COSIGNED_ED25519:
        return f"cosignature/v1\ntime {time}\n{text}".encode()
    origin, size, root = _head(text)
    return b"subtree/v1\n\0" + b"".join([
        _short(key.name), struct.pack(">Q", time), _short(origin), struct.pack(">QQ", 0, size), root,
    ])  # fmt: skip


def _head(text: str) -> tuple[str, int, bytes]:
    lines = text.split("\n")
    if len(lines) < 4 or not lines[1].isdecimal() or int(lines[1]) >= 1 << 63:
        raise NoteError("what is cosigned must be a checkpoint: origin, size, root")
    root = unbase64(lines[2])
    if len(root) != 32:
        raise NoteError("the root must have 32 bytes")
    return lines[0], int(lines[1]), root


def _short(text: str) -> bytes:
    encoded = text.encode()
    if not 0 < len(encoded) < 256:
        raise NoteError(f"the name {text[:20]!r} must have 1 to 255 bytes")
    return bytes([len(encoded)]) + encoded


def _holds(key: VerifierKey, signed: bytes, raw: bytes) -> bool:
    # Imported only here: an auditor without the package can still check hashes, and is told what is missing.
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415

        if key.kind == COSIGNED_ML_DSA_44:
            from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey as PublicKey  # noqa: PLC0415
        else:
            from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # type: ignore[assignment]  # noqa: PLC0415
                Ed25519PublicKey as PublicKey,
            )
    except ImportError:
        raise CannotCheckError(
            f"the signature of {key.name} ({ALGORITHMS[key.kind]}) needs the Python package `cryptography`, "
            "version 47 or newer for ML-DSA: pip install cryptography"
        ) from None
    try:
        PublicKey.from_public_bytes(key.public).verify(raw, signed)
    except (InvalidSignature, ValueError):
        return False
    except UnsupportedAlgorithm as error:
        raise CannotCheckError(f"the signature of {key.name} can't be checked here: {error}") from None
    return True


def signers(note: Note, keys: Sequence[VerifierKey]) -> list[tuple[VerifierKey, Signature]]:
    """Each of `keys` whose signature is there and holds. Raises NoteError where one is there and doesn't hold."""
    found = []
    for key in keys:
        for signature in of(key, note):
            check(key, note, signature)
            found.append((key, signature))
    return found
