"""Reads of the log: events by id, by position, by entity; states; what is parked and what was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from ledger.accounts import Posting
from ledger.candidate import Candidate
from ledger.events import catalogue
from ledger.events.corrections import CorrectionRecorded, EventCorrected
from ledger.events.naming import key
from ledger.kernel.named_sql import load
from ledger.recorded import Recorded, local_day, scope_of
from ledger.states import registry
from ledger.states.corrections import Approval

if TYPE_CHECKING:
    import psycopg

    from ledger.states.base import State

REFUSAL_BYTES_MAX = 64 * 1024  # kept of what was refused
PARKED_COUNTED = 10_001  # who reads 10,001 knows: more than 10,000
SQL = load(Path(__file__).parent / "sql" / "reading.sql")
_postings = msgspec.json.Decoder(tuple[Posting, ...]).decode


class _Time(msgspec.Struct):
    time: str


_time = msgspec.json.Decoder(_Time).decode


class Head(NamedTuple):
    """The last position (0 for an empty log) and when it was recorded."""

    position: int
    recorded_at: datetime | None


class ParkedEvent(NamedTuple):
    """A parked event as its owner sees it."""

    number: int
    source: str
    id: str
    type: str
    happened_at: datetime
    parked_at: datetime
    missing: list[str]
    body: bytes


class AskedCorrection(NamedTuple):
    """A correction for which a second person is or was needed; `approval` is what that person said."""

    number: int
    source: str
    id: str
    happened_at: datetime
    asked_at: datetime
    body: bytes
    data: CorrectionRecorded
    settled_at: datetime | None
    position: int | None  # its own, where it was recorded
    outcome: str | None
    approval: Approval | None


class Link(NamedTuple):
    """Another event of the same source that belongs to one; `position` None: it has not been recorded."""

    id: str
    position: int | None
    recorded_at: datetime | None = None
    reason: str | None = None


class Chain(NamedTuple):
    """What corrections tie to an event. `approval` is of a correction that needed a second person."""

    corrected_by: Link | None = None
    replaced_by: Link | None = None
    corrects: Link | None = None
    replacement: Link | None = None
    replaces: tuple[Link, ...] = ()
    approval: Approval | None = None


class Refusal(NamedTuple):
    """A refused item as its owner sees it; `body` is the first 64 KiB of the `body_bytes` that were sent.

    `sealed`: it may hold what identifies people. `body` is then the cipher text until `vault.refusals` opened it, and
    None where its key is gone.
    """

    number: int
    source: str
    id: str | None
    code: str
    detail: str
    received_at: datetime
    body: bytes | None
    body_bytes: int
    sealed: bool
    key_id: str | None
    wrapped_key: bytes | None


def head(connection: psycopg.Connection) -> Head:
    """Where the log ends."""
    row = connection.execute(SQL["head"]).fetchone()
    return Head(*row) if row else Head(0, None)


def event(connection: psycopg.Connection, source: str, name: str) -> Recorded | None:
    """One event by its idempotency key."""
    row = connection.execute(SQL["event"], {"source": source, "id": name}).fetchone()
    return recorded(row) if row and row[3] in catalogue.TYPES else None


def event_body(connection: psycopg.Connection, source: str, name: str) -> tuple[Any, ...] | None:
    """The stored row: position, source, id, type, happened_at, recorded_at, body, postings."""
    return connection.execute(SQL["event"], {"source": source, "id": name}).fetchone()


def read_batch(
    connection: psycopg.Connection, after: int, limit: int, types: frozenset[str] | None = None
) -> list[Recorded]:
    """Up to `limit` events after a position, in order. `types` narrows what is decoded, not what is counted."""
    rows = connection.execute(SQL["batch"], {"after": after, "limit": limit}).fetchall()
    wanted = catalogue.TYPES if types is None else types
    return [recorded(row) for row in rows if row[3] in wanted and row[3] in catalogue.TYPES]


def tagged(connection: psycopg.Connection, tag: str, after: int = 0, limit: int = 500) -> list[Recorded]:
    """What concerns one entity (`pledge:huizhong/P-1`), in order."""
    rows = connection.execute(SQL["tagged"], {"tag": tag, "after": after, "limit": limit}).fetchall()
    return [recorded(row) for row in rows if row[3] in catalogue.TYPES]


def at_positions(connection: psycopg.Connection, positions: Sequence[int]) -> list[Recorded]:
    """The events at these positions: the evidence of an alert."""
    rows = connection.execute(SQL["at_positions"], {"positions": list(positions)}).fetchall()
    return [recorded(row) for row in rows if row[3] in catalogue.TYPES]


def states(connection: psycopg.Connection, keys: Sequence[str]) -> dict[str, State]:
    """States of entities as of the head; absent keys are left out."""
    rows = connection.execute(SQL["states"], {"keys": list(keys)}).fetchall()
    return {key: registry.decode(key, text) for key, text in rows}


def parked(connection: psycopg.Connection, source: str | None, after: int = 0, limit: int = 100) -> list[ParkedEvent]:
    """What waits, oldest first; `source` None for all."""
    rows = connection.execute(SQL["parked"], {"source": source, "after": after, "limit": limit}).fetchall()
    return [ParkedEvent(*row) for row in rows]


def parked_one(connection: psycopg.Connection, source: str, name: str) -> ParkedEvent | None:
    """One waiting event by its idempotency key."""
    row = connection.execute(SQL["parked_one"], {"source": source, "id": name}).fetchone()
    return ParkedEvent(*row) if row else None


def corrections(
    connection: psycopg.Connection,
    source: str | None,
    status: str | None,
    after: int = 0,
    limit: int = 100,
    *,
    name: str | None = None,
) -> list[AskedCorrection]:
    """Corrections that need, or needed, a second person; `source` and `status` None for all, `name` for one id."""
    asked = {"source": source, "status": status, "id": name, "after": after, "limit": limit}
    return [_asked_correction(row) for row in connection.execute(SQL["corrections"], asked).fetchall()]


def _asked_correction(row: Sequence[Any]) -> AskedCorrection:
    number, source, name, happened_at, asked_at, body, settled_at, position, outcome, state = row
    data = catalogue.decode_body(body)
    assert isinstance(data, CorrectionRecorded)
    approval = None if state is None else registry.decode("approval:", state)
    assert approval is None or isinstance(approval, Approval)
    position = position if outcome == "accepted" else None
    return AskedCorrection(
        number, source, name, happened_at, asked_at, body, data, settled_at, position, outcome, approval
    )


def last_refusal(connection: psycopg.Connection, source: str, name: str) -> tuple[str, str] | None:
    """(code, detail) of the last time that an event of this id was refused."""
    row = connection.execute(SQL["last_refusal"], {"source": source, "id": name}).fetchone()
    return None if row is None else (row[0], row[1])


def chain(connection: psycopg.Connection, source: str, name: str) -> Chain:
    """How an event of the log hangs together with others by corrections."""
    own = event(connection, source, name)
    scope = scope_of(source)
    corrected_by, replaced_by, replaces = None, None, []
    tags = {"corrected": key("correction", scope, name), "replacing": key("event", scope, name), "source": source}
    for row in connection.execute(SQL["links"], tags).fetchall():
        found = recorded(row)
        assert isinstance(found.data, EventCorrected)
        if found.data.corrects == name:
            corrected_by = Link(found.id, found.position, found.recorded_at, found.data.reason)
            replaced_by = _link(connection, source, found.data.replacement)
        elif found.data.replacement == name and (link := _link(connection, source, found.data.corrects)):
            replaces.append(link)
    if own is None or not isinstance(own.data, EventCorrected):
        return Chain(corrected_by, replaced_by, replaces=tuple(replaces))
    approval_key = key("approval", scope, name)
    approval = states(connection, [approval_key]).get(approval_key)
    return Chain(
        corrects=_link(connection, source, own.data.corrects),
        replacement=_link(connection, source, own.data.replacement),
        approval=approval if isinstance(approval, Approval) else None,
    )


def _link(connection: psycopg.Connection, source: str, name: str | UnsetType) -> Link | None:
    if name is UNSET:
        return None
    found = event(connection, source, name)
    return Link(name, None) if found is None else Link(name, found.position, found.recorded_at)


def refusals(connection: psycopg.Connection, source: str | None, after: int = 0, limit: int = 100) -> list[Refusal]:
    """What was refused, oldest first; `source` None for all."""
    rows = connection.execute(SQL["refusals"], {"source": source, "after": after, "limit": limit}).fetchall()
    return [Refusal(*row) for row in rows]


def refusals_newest(connection: psycopg.Connection, asked: Mapping[str, Any]) -> list[Refusal]:
    """What was refused to one `source`, newest first; `before`, `code`, `id`, `since`, `until` None for any."""
    return [Refusal(*row) for row in connection.execute(SQL["refusals_newest"], asked).fetchall()]


def counts(connection: psycopg.Connection) -> tuple[int, int]:
    """(parked now, PARKED_COUNTED at most; refused ever)."""
    row = connection.execute(SQL["counts"], {"bound": PARKED_COUNTED}).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def day_of(body: bytes) -> int:
    """The local day of a stored event."""
    return local_day(_time(body).time)


def recorded(row: Sequence[Any]) -> Recorded:
    """A row of the log, decoded."""
    position, source, name, kind, happened_at, recorded_at, body, postings = row
    return Recorded(
        position, source, scope_of(source), name, kind, happened_at, recorded_at,
        day_of(body), catalogue.decode_body(body), _postings(postings) if postings else (),
    )  # fmt: skip


def candidate(source: str, name: str, kind: str, happened_at: datetime, body: bytes, content_hash: bytes) -> Candidate:
    """A parked event as it was when it came in; what identifies people was sealed then."""
    scope, data = scope_of(source), catalogue.decode_body(body)
    references = catalogue.references(scope, data)
    return Candidate(source, scope, name, kind, happened_at, data, body, content_hash, references)
