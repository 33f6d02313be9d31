"""People without names: the HMAC identity that events carry, and the sealed boxes for what identifies."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

DERIVED = "derived"  # the id of the master key that comes from the installation's secret, before any rotation
_NONCE_BYTES = 12


class UnknownKey(Exception):
    """A box was wrapped by a master key that is not here."""


class BoxDamaged(Exception):
    """A box doesn't open with the master key that it names: key or box is not what it was."""


class MasterKey(NamedTuple):
    """A key that wraps the keys of boxes; `id` is kept with each box."""

    id: str
    key: bytes

    def __repr__(self) -> str:
        return f"MasterKey({self.id})"


class Keys(Protocol):
    """The master keys at hand."""

    def current(self) -> MasterKey:
        """The one that wraps what is new."""
        ...

    def find(self, id: str) -> bytes:
        """Any of them by its id; raises UnknownKey."""
        ...


class OneKey:
    """The single master key of an installation that never rotated."""

    def __init__(self, key: bytes, id: str = DERIVED) -> None:
        self._key = MasterKey(id, key)

    def current(self) -> MasterKey:
        """It."""
        return self._key

    def find(self, id: str) -> bytes:
        """It, where it is meant."""
        if id != self._key.id:
            raise UnknownKey(f"master key {id!r} is not here: bring back the file vault.keys that has it.")
        return self._key.key


class Box(NamedTuple):
    """What is stored of one secret: the id of the master key, the box's own key wrapped by it, nonce and cipher text.

    Destroying the wrapped key destroys the secret.
    """

    key_id: str
    wrapped_key: bytes
    sealed: bytes


def person(secret: bytes, scheme: str, number: str) -> str:
    """The same person over all platforms: hex HMAC-SHA-256 over `scheme|number`."""
    return keyed_hash(secret, f"{scheme}|{number}".encode()).hex()


def keyed_hash(secret: bytes, data: bytes) -> bytes:
    """HMAC-SHA-256, 32 bytes: for content of low entropy, where a plain hash could be searched."""
    return hmac.new(secret, data, hashlib.sha256).digest()


def seal(keys: Keys, label: str, plain: bytes) -> Box:
    """A box under a fresh key. `label` is bound as associated data, so that a box can't be moved to another place."""
    master = keys.current()
    # tidy: allow clock-or-chance -- a key or nonce handed in could be handed in twice
    key, nonce = AESGCM.generate_key(256), os.urandom(_NONCE_BYTES)
    return Box(master.id, aes_key_wrap(master.key, key), nonce + AESGCM(key).encrypt(nonce, plain, label.encode()))


def unseal(keys: Keys, label: str, box: Box) -> bytes:
    """What is in a box. Raises UnknownKey or BoxDamaged."""
    master = keys.find(box.key_id)
    try:
        key = aes_key_unwrap(master, box.wrapped_key)
        return AESGCM(key).decrypt(box.sealed[:_NONCE_BYTES], box.sealed[_NONCE_BYTES:], label.encode())
    except (InvalidUnwrap, InvalidTag, ValueError) as error:
        raise BoxDamaged(f"the box of {label} does not open with master key {box.key_id!r}") from error


def rewrap(keys: Keys, key_id: str, wrapped_key: bytes) -> tuple[str, bytes]:
    """(id of the current master key, the same key wrapped by it). What is sealed stays as it is."""
    master = keys.current()
    try:
        return master.id, aes_key_wrap(master.key, aes_key_unwrap(keys.find(key_id), wrapped_key))
    except InvalidUnwrap as error:
        raise BoxDamaged(f"a box does not open with master key {key_id!r} that it names") from error
