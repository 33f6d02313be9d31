"""One row of the log against itself: canonical body, columns, hashes, postings. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from ledger.accounts import Posting, trial_balance
from ledger.events import catalogue
from ledger.kernel.canonical import canonical, sha256
from ledger.merkle import leaf_hash
from ledger.recorded import entry, sent_body, stamp
from ledger.store.conditional import SOURCE as LIBRARY

Found = Callable[[str, object, object], None]  # what, stored, derived
_loads = msgspec.json.Decoder().decode
_postings = msgspec.json.Decoder(tuple[Posting, ...]).decode
_moment = msgspec.json.Decoder(datetime).decode
# Names and numbers were taken out of the body, and the hash of what was sent is keyed: it can't be made again.
_KEYED = frozenset({"party.registered"})


class Row(NamedTuple):
    """A row of `events`."""

    position: int
    source: str
    id: str
    type: str
    happened_at: datetime
    recorded_at: datetime
    body: bytes
    postings: bytes | None
    content_hash: bytes
    leaf: bytes
    tags: list[str]

    @property
    def is_ours(self) -> bool:
        """False for what came through the event-sourcing library: it has no envelope."""
        return self.source != LIBRARY and self.type in catalogue.TYPES

    def derived_leaf(self) -> bytes:
        """The leaf hash of what the row holds."""
        return leaf_hash(entry(self.body, self.position, self.postings, stamp(self.recorded_at)))


def check(row: Row, found: Found) -> None:
    """Report what in a row doesn't fit the rest of it, but for its leaf."""
    if row.is_ours:
        _check_body(row, found)
    if row.type not in _KEYED and (sent := sha256(sent_body(row.type, row.body))) != row.content_hash:
        found("content hash", row.content_hash, sent)
    if row.postings is not None:
        _check_postings(row.postings, found)


def _check_body(row: Row, found: Found) -> None:
    try:
        event: dict[str, Any] = _loads(row.body)
        again = canonical(event)
        happened_at = _moment(f'"{event["time"]}"')
        catalogue.decode_body(row.body)
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError, RecursionError) as error:
        found("body", row.body, f"no canonical event: {error}")
        return
    if again != row.body:
        found("body", row.body, again)
    for name in ("source", "id", "type"):
        if event.get(name) != getattr(row, name):
            found(f"column {name}", getattr(row, name), event.get(name))
    if happened_at != row.happened_at:
        found("column happened_at", row.happened_at.isoformat(), happened_at.isoformat())


def _check_postings(stored: bytes, found: Found) -> None:
    try:
        lines = _postings(stored)
    except msgspec.MsgspecError as error:
        found("postings", stored, f"no postings: {error}")
        return
    if any(trial_balance(lines).values()):
        found("trial balance of the event", trial_balance(lines), "zero in each currency")
