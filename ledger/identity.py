"""People without names: the HMAC identity that events carry, and the sealed box for what identifies."""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

_NONCE_BYTES = 12


def person(secret: bytes, scheme: str, number: str) -> str:
    """The same person over all platforms: hex HMAC-SHA-256 over `scheme|number`."""
    return keyed_hash(secret, f"{scheme}|{number}".encode()).hex()


def keyed_hash(secret: bytes, data: bytes) -> bytes:
    """HMAC-SHA-256, 32 bytes: for content of low entropy, where a plain hash could be searched."""
    return hmac.new(secret, data, hashlib.sha256).digest()


def seal(master: bytes, party: str, plain: bytes) -> tuple[bytes, bytes]:
    """(wrapped key, nonce + AES-GCM cipher text) under a fresh key. Destroying the wrapped key erases the person.

    The party's key is bound as associated data, so that a box can't be moved to another party.
    """
    # tidy: allow clock-or-chance -- a key or nonce handed in could be handed in twice
    key, nonce = AESGCM.generate_key(256), os.urandom(_NONCE_BYTES)
    return aes_key_wrap(master, key), nonce + AESGCM(key).encrypt(nonce, plain, party.encode())


def unseal(master: bytes, party: str, wrapped_key: bytes, sealed: bytes) -> bytes:
    """The plain bytes of a box. Raises cryptography's InvalidTag or InvalidUnwrap where it was altered."""
    key = aes_key_unwrap(master, wrapped_key)
    return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], party.encode())
