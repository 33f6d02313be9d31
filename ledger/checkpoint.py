"""Signed tree heads in the C2SP forms `tlog-checkpoint` and `signed-note`, Ed25519."""

from __future__ import annotations

import base64
import hashlib
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"  # signature type of signed-note


class Head(NamedTuple):
    """A tree head: `root` is the RFC 6962 hash over the first `size` entries of the log `origin`."""

    origin: str
    size: int
    root: bytes


def sign(head: Head, key: Ed25519PrivateKey) -> str:
    """The signed note: three lines, an empty one, and one signature line under the name of the origin."""
    text = f"{head.origin}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"
    public = key.public_key().public_bytes_raw()
    line = base64.b64encode(_key_id(head.origin, public) + key.sign(text.encode())).decode()
    return f"{text}\n\u2014 {head.origin} {line}\n"


def verify(note: str, public: bytes) -> Head:
    """The head in a note that the key (32 raw bytes) signed. Raises ValueError saying what is wrong."""
    text, separator, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if not separator or len(lines) < 3 or not lines[1].isdecimal():
        raise ValueError("not a checkpoint: origin, size and root, an empty line and signatures are needed")
    head = Head(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
    wanted = _key_id(head.origin, public)
    for line in signatures.splitlines():
        mark, _, rest = line.partition(" ")
        name, _, encoded = rest.rpartition(" ")
        raw = base64.b64decode(encoded)
        if mark == "\u2014" and name == head.origin and raw[:4] == wanted:
            return _checked(head, raw[4:], f"{text}\n".encode(), public)
    raise ValueError(f"no signature of {head.origin} by the given key")


def verifier_key(origin: str, public: bytes) -> str:
    """The public key as people hand it on: `<name>+<key id>+<base64>` (signed-note)."""
    return f"{origin}+{_key_id(origin, public).hex()}+{base64.b64encode(_ED25519 + public).decode()}"


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _checked(head: Head, signature: bytes, text: bytes, public: bytes) -> Head:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except InvalidSignature as error:
        raise ValueError(f"the signature of {head.origin} doesn't fit the text: it was altered") from error
    return head
