"""Cursors: where the next page begins, bound to the question that was asked, opaque to who carries them."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from api.problems import Problem

K = TypeVar("K")


def encode(question: Sequence[Any], after: Any) -> str:
    """A cursor behind `after`, the sort key of the last item, for the pages of one question."""
    raw = msgspec.json.encode([_mark(question), after])
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(question: Sequence[Any], cursor: str | None, kind: Any, first: K) -> K:
    """The sort key to go on behind; `first` without a cursor. Raises Problem for one that isn't of this question."""
    if cursor is None:
        return first
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        mark, encoded = msgspec.json.decode(raw, type=tuple[str, msgspec.Raw])
        after: K = msgspec.json.decode(encoded, type=kind)
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        raise Problem(
            "invalid_parameter", "the cursor is none of ours; take `next` of the page before as it is."
        ) from None
    if mark != _mark(question):
        raise Problem("invalid_parameter", "the cursor belongs to another question; ask the same with it as before.")
    return after


def _mark(question: Sequence[Any]) -> str:
    return hashlib.sha256(msgspec.json.encode(list(question))).hexdigest()[:12]
