"""The library's conditional append, as one item of a group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from ledger.candidate import Candidate
from ledger.events.base import Data
from ledger.kernel.canonical import sha256

SOURCE = "dcb"  # events appended through the library's interface have no CloudEvents envelope of their own


class Asked(NamedTuple):
    """One item of a query: any of the types (all, where none is given) and all of the tags."""

    types: list[str]
    tags: list[str]


class Plain(NamedTuple):
    """An event of the library: a type, bytes and tags. `id` is made by the caller."""

    id: str
    type: str
    data: bytes
    tags: tuple[str, ...]

    def candidate(self, now: datetime) -> Candidate:
        """The row form; happened when recorded, since the library knows one time only."""
        hashed = sha256(self.data)
        return Candidate(SOURCE, SOURCE, self.id, self.type, now, _NOTHING, self.data, hashed, ())


class ConditionalAppend(NamedTuple):
    """Append `events` unless something after position `after` matches one of `condition`."""

    events: tuple[Plain, ...]
    condition: tuple[Asked, ...]
    after: int


class _Nothing(Data, frozen=True):
    """No data of our vocabulary."""


_NOTHING = _Nothing(extra=msgspec.UNSET)


def matches_pending(asked: Asked, after: int, pending: Iterable[tuple[int, str, Sequence[str]]]) -> bool:
    """Whether an event that the group accepted already, but has not written yet, matches."""
    wanted = set(asked.tags)
    return any(
        position > after and (not asked.types or kind in asked.types) and wanted.issubset(tags)
        for position, kind, tags in pending
    )
