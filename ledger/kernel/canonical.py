"""Canonical JSON (RFC 8785), the one form over which every hash is taken."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec
import rfc8785

_SORTED = msgspec.json.Encoder(order="sorted")
# msgspec differs from RFC 8785 in two places only: how floats are written, and that it sorts keys by code point
# where the RFC sorts by UTF-16 unit. The two orders part ways only for keys with characters from U+D800 upwards.
_ORDER_MAY_DIFFER = re.compile("[\ud800-\U0010ffff]")
_HIGH_UTF8 = re.compile(rb"[\xed-\xff]")  # lead bytes of those characters, and a few before them
MAX_SAFE_INTEGER = 2**53 - 1


def canonical_without_floats(value: Any) -> bytes:
    """As `canonical`, three times as fast, for values known to hold no float and no integer beyond the safe ones."""
    fast = _SORTED.encode(value)
    return fast if fast.isascii() or not _HIGH_UTF8.search(fast) else canonical(value)


def canonical(value: Any) -> bytes:
    """Return the RFC 8785 bytes of a decoded JSON value.

    Raises ValueError for an integer beyond +-(2**53 - 1) or a number that JSON can't carry.
    """
    if _is_plain(value):
        return _SORTED.encode(value)
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise ValueError(str(error)) from error


def sha256(data: bytes) -> bytes:
    """SHA-256 digest, 32 bytes."""
    return hashlib.sha256(data).digest()


def _is_plain(value: Any) -> bool:
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is int:
        return bool(-MAX_SAFE_INTEGER <= value <= MAX_SAFE_INTEGER)
    if kind is dict:
        return all(
            _is_plain(item) and (key.isascii() or not _ORDER_MAY_DIFFER.search(key)) for key, item in value.items()
        )
    return kind is list and all(_is_plain(item) for item in value)
