"""What a group is going to write: collected while it is decided, sent in as few round trips as there can be."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import UNSET

from ledger import identity
from ledger.accounts import Posting
from ledger.candidate import Candidate, Rejected
from ledger.decisions.base import micros
from ledger.events.parties import PartyRecorded
from ledger.kernel.named_sql import load
from ledger.merkle import leaf_hash
from ledger.recorded import entry, stamp
from ledger.states import registry
from ledger.states.parties import is_forgotten
from ledger.store import rows
from ledger.store.reading import REFUSAL_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from ledger.store.boundary import GroupStates

SQL = load(Path(__file__).parent / "sql" / "append.sql")
STATEMENT_BYTES_MAX = 1024 * 1024  # postings that a statement carries; a pipeline stalls for good on one of 10 MB
SLICE = 200  # event rows that go to PostgreSQL together; a group with fewer needs no COPY at all
_encode = msgspec.json.Encoder().encode
_join = "\x1f".join  # a character that is never in a key, and never raw in JSON text


class Parked(NamedTuple):
    """A parked event, and what it waits for. `number` is its row, None while it is new in this group."""

    number: int | None
    candidate: Candidate
    missing: tuple[str, ...]


class Settled(NamedTuple):
    """What became of a parked event that was in the table already."""

    number: int
    position: int
    outcome: str


class _Row(NamedTuple):
    candidate: Candidate
    position: int
    postings: bytes | None
    leaf: bytes
    tags: Sequence[str]


class Writes:
    """Rows to be written with the group. `recorded_at` is the known time of all of them.

    With a connection, event rows are streamed into COPY while later events are decided: PostgreSQL works beside Python
    instead of after it. From then on nothing else may be asked there. Without a connection nothing is sent.
    """

    def __init__(self, recorded_at: datetime, connection: psycopg.Connection | None) -> None:
        self.recorded_at = recorded_at
        self._connection = connection
        self._stream = ExitStack()
        self._copy: psycopg.Copy | None = None
        self._stamp = stamp(recorded_at)
        self._recorded_field = rows.moment(micros(recorded_at))
        self._events: list[_Row] = []
        self._refusals: list[Rejected] = []
        self._personal: list[Candidate] = []
        self._only_copy = False  # bytes that are not JSON text, or too many, which only COPY carries
        self._postings_bytes = 0
        self.parked: dict[tuple[str, str], Parked] = {}
        self.waiting_longer: dict[int, tuple[str, ...]] = {}
        self.settled: list[Settled] = []
        self.state_positions: dict[str, int] = {}

    def event(self, candidate: Candidate, position: int, postings: tuple[Posting, ...], tags: Sequence[str]) -> None:
        """Add one event at its position."""
        lines = _encode(postings) if postings else None
        self._postings_bytes += len(lines or b"")
        leaf = leaf_hash(entry(candidate.body, position, lines, self._stamp))
        self._events.append(_Row(candidate, position, lines, leaf, tags))
        if candidate.personal is not None:
            self._personal.append(candidate)
        if len(self._events) >= SLICE and self._connection is not None:
            self._push(self._connection)

    def opaque_event(self, candidate: Candidate, position: int, tags: Sequence[str]) -> None:
        """Add an event whose body may be any bytes."""
        self._only_copy = True
        self.event(candidate, position, (), tags)

    def refusal(self, rejected: Rejected) -> None:
        """Keep what was refused, for its owner."""
        self._refusals.append(rejected)

    def _push(self, connection: psycopg.Connection) -> None:
        """Send the event rows that are ready; PostgreSQL takes them in while we go on."""
        if self._copy is None:
            self._copy = self._stream.enter_context(connection.cursor().copy(SQL["copy_events"]))
            self._copy.write(rows.HEADER)
        self._copy.write(b"".join([self._packed(row) for row in self._events]))
        self._events.clear()

    def _packed(self, row: _Row) -> bytes:
        candidate = row.candidate
        return rows.row(
            rows.bigint(row.position),
            rows.repeated(candidate.source),
            rows.text(candidate.id),
            rows.repeated(candidate.type),
            rows.moment(micros(candidate.happened_at)),
            self._recorded_field,
            rows.field(candidate.body),
            rows.NULL if row.postings is None else rows.field(row.postings),
            rows.field(candidate.content_hash),
            rows.field(row.leaf),
            rows.texts(row.tags),
        )

    def commit(self, states: GroupStates, head: int, keys: identity.Keys) -> None:
        """Send everything that is left and commit, all of it in one round trip where no COPY is under way."""
        connection = self._connection
        assert connection is not None
        too_long = self._postings_bytes > STATEMENT_BYTES_MAX
        if self._events and (self._copy is not None or self._only_copy or too_long):
            self._push(connection)
        if self._copy is not None:
            self._copy.write(rows.TRAILER)
            self._stream.close()
        with connection.pipeline():
            if self._events:
                connection.execute(SQL["insert_events"], self._columns())
            if states.changed:
                connection.execute(SQL["upsert_states"], self._states(states))
            for statement, values in self._rest(states, head, keys):
                connection.execute(SQL[statement], values)
            connection.commit()

    def _columns(self) -> dict[str, Any]:
        candidates = [row.candidate for row in self._events]
        return {
            "recorded_at": self.recorded_at,
            "positions": _join([str(row.position) for row in self._events]),
            "sources": _join([each.source for each in candidates]),
            "ids": _join([each.id for each in candidates]),
            "types": _join([each.type for each in candidates]),
            "happened_micros": _join([str(micros(each.happened_at)) for each in candidates]),
            "bodies": b"\x1f".join([each.body for each in candidates]).decode(),
            "postings": b"\x1f".join([row.postings or b"" for row in self._events]).decode(),
            "content_hashes": _join([each.content_hash.hex() for each in candidates]),
            "leaves": _join([row.leaf.hex() for row in self._events]),
            "tags": _join(["\x1e".join(row.tags) for row in self._events]),
        }

    def _states(self, states: GroupStates) -> dict[str, str]:
        positions = self.state_positions
        return {
            "keys": _join(states.changed),
            "states": _join([registry.encode(state) for state in states.changed.values()]),
            "positions": _join([str(positions[key]) for key in states.changed]),
        }

    def _rest(self, states: GroupStates, head: int, keys: identity.Keys) -> list[tuple[str, dict[str, Any]]]:
        """What most groups have nothing of: refusals, people's data, parking."""
        # Who ends this group unregistered or erased has no box, whatever came before in it.
        forgotten = {key for key, state in states.changed.items() if key.startswith("party:") and is_forgotten(state)}
        boxes = [box for each in self._personal if (box := _sealed(each, keys))["party"] not in forgotten]
        return [
            *(("refuse_sealed" if not each.clean else "refuse", self._refused(each, keys)) for each in self._refusals),
            *(("forget_person", {"party": key, "asked_at": self.recorded_at}) for key in sorted(forgotten)),
            *(("seal_person", each) for each in boxes),
            *(("park", self._parked(each, head)) for each in self.parked.values()),
            *(("wait_on", {"number": n, "missing": list(missing)}) for n, missing in self.waiting_longer.items()),
            *(("settle", {**each._asdict(), "settled_at": self.recorded_at}) for each in self.settled),
        ]

    def _refused(self, rejected: Rejected, keys: identity.Keys) -> dict[str, Any]:
        body = rejected.raw[:REFUSAL_BYTES_MAX]
        row = {**rejected._asdict(), "received_at": self.recorded_at, "body": body, "body_bytes": len(rejected.raw)}
        if rejected.clean:
            return row
        box = identity.seal(keys, refusal_label(rejected.source), body)
        return {**row, "body": box.sealed, "key_id": box.key_id, "wrapped_key": box.wrapped_key}

    def _parked(self, parked: Parked, head: int) -> dict[str, Any]:
        return {
            **parked.candidate._asdict(),
            "parked_at": self.recorded_at,
            "parked_position": head,
            "missing": list(parked.missing),
        }


def refusal_label(source: str) -> str:
    """What the box of a refused body is bound to: the sender, who alone is shown it."""
    return f"refusal:{source}"


def _sealed(candidate: Candidate, keys: identity.Keys) -> dict[str, Any]:
    party = next(key for key in candidate.references if key.startswith("party:"))
    assert candidate.personal is not None
    assert isinstance(candidate.data, PartyRecorded)
    box = identity.seal(keys, party, candidate.personal)
    person = None if candidate.data.person is UNSET else candidate.data.person
    return {"party": party, "person": person, **box._asdict()}
