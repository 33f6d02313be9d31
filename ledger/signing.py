"""Keys that sign tree heads: those of the log, and those of a witness. What they sign is said in `notes`."""

from __future__ import annotations

import struct
from typing import NamedTuple, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.checkpoint import Head
from ledger.notes import COSIGNED_ED25519, COSIGNED_ML_DSA_44, ED25519, Note, Signature, VerifierKey, cosigned


class _Private(Protocol):
    def sign(self, data: bytes, /) -> bytes: ...


class Signer(NamedTuple):
    """A private key and its public side."""

    key: VerifierKey
    private: _Private

    def sign(self, text: str, time: int) -> Signature:
        """The signature over a checkpoint's text; `time` in seconds since 1970 stands in cosignatures only."""
        if self.key.kind == ED25519:
            return Signature(self.key.name, self.key.id, self.private.sign(text.encode()))
        value = struct.pack(">Q", time) + self.private.sign(cosigned(self.key, text, time))
        return Signature(self.key.name, self.key.id, value)


def of_log(origin: str, ed25519_seed: bytes, ml_dsa_seed: bytes) -> tuple[Signer, ...]:
    """The signers of a log, under its origin: Ed25519 always, ML-DSA-44 where `cryptography` has it (32-byte seeds)."""
    return (_ed25519(origin, ED25519, ed25519_seed), *_ml_dsa(origin, ml_dsa_seed))


def of_witness(name: str, ed25519_seed: bytes, ml_dsa_seed: bytes) -> tuple[Signer, ...]:
    """The signers of a witness: cosignatures of both kinds (32-byte seeds)."""
    return (_ed25519(name, COSIGNED_ED25519, ed25519_seed), *_ml_dsa(name, ml_dsa_seed))


def signed(head: Head, by: tuple[Signer, ...], time: int) -> Note:
    """A head signed by all of `by`."""
    return Note(head.text, tuple(each.sign(head.text, time) for each in by))


def _ed25519(name: str, kind: int, seed: bytes) -> Signer:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return Signer(VerifierKey(name, kind, private.public_key().public_bytes_raw()), private)


def _ml_dsa(name: str, seed: bytes) -> tuple[Signer, ...]:
    try:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey  # noqa: PLC0415 - newer than 45

        private = MLDSA44PrivateKey.from_seed_bytes(seed)
    except (ImportError, UnsupportedAlgorithm):
        return ()
    return (Signer(VerifierKey(name, COSIGNED_ML_DSA_44, private.public_key().public_bytes_raw()), private),)
