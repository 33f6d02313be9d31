"""The certificate of an erasure: what was destroyed, when, where the log says so; signed with the log's key. Pure."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.kernel.canonical import canonical
from ledger.notes import ED25519, VerifierKey

FORM = "crowdledger/erasure/v1"
# Bound into what is signed, so that no signature over anything else of the same key can pass for one.
_CONTEXT = b"crowdledger erasure certificate v1\n"


def sign(statement: dict[str, Any], origin: str, key: Ed25519PrivateKey) -> dict[str, Any]:
    """The certificate over a statement of strings and integers: RFC 8785 bytes, Ed25519."""
    public = key.public_key().public_bytes_raw()
    whole = {**statement, "certificate": FORM, "log": origin, "key": str(VerifierKey(origin, ED25519, public))}
    return {**whole, "signature": base64.b64encode(key.sign(_CONTEXT + canonical(whole))).decode()}


def verify(certificate: dict[str, Any], public: bytes) -> None:
    """Raise ValueError where the key (32 raw bytes) did not sign just this."""
    rest = {name: value for name, value in certificate.items() if name != "signature"}
    try:
        signature = base64.b64decode(certificate["signature"], validate=True)
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _CONTEXT + canonical(rest))
    except (InvalidSignature, KeyError, TypeError, ValueError) as error:
        raise ValueError("the certificate was altered, or another key signed it") from error
