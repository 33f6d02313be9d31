"""What a group is going to write: collected while it is decided, sent in a handful of round trips."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ledger import identity
from ledger.accounts import Posting
from ledger.candidate import Candidate, Rejected
from ledger.decisions.base import micros
from ledger.kernel.named_sql import load
from ledger.merkle import leaf_hash
from ledger.recorded import entry, stamp
from ledger.states import registry
from ledger.store import rows

if TYPE_CHECKING:
    import psycopg

    from ledger.store.boundary import GroupStates

SQL = load(Path(__file__).parent / "sql" / "append.sql")
REFUSAL_BYTES_MAX = 64 * 1024
_SLICE = 200  # event rows that go to PostgreSQL together
_SEPARATOR = "\x1f"  # never in a key, nor raw in JSON text
_encode = msgspec.json.Encoder().encode


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


class Writes:
    """Rows to be written with the group. `recorded_at` is the known time of all of them.

    With a cursor, event rows are streamed into COPY while later events are decided: PostgreSQL works beside Python
    instead of after it. Nothing else may be asked on that connection before `flush`. Without a cursor nothing is sent.
    """

    def __init__(self, recorded_at: datetime, cursor: psycopg.Cursor | None) -> None:
        self.recorded_at = recorded_at
        self._cursor = cursor
        self._stream = ExitStack()
        self._copy: psycopg.Copy | None = None
        self._stamp = stamp(recorded_at)
        self._recorded_micros = rows.moment(micros(recorded_at))
        self._events: list[bytes] = []
        self._refusals: list[bytes] = []
        self._personal: list[Candidate] = []
        self.parked: dict[tuple[str, str], Parked] = {}
        self.waiting_longer: dict[int, tuple[str, ...]] = {}
        self.settled: list[Settled] = []
        self.state_positions: dict[str, int] = {}

    def event(self, candidate: Candidate, position: int, postings: tuple[Posting, ...], tags: tuple[str, ...]) -> None:
        """Add one event at its position."""
        lines = _encode(postings) if postings else None
        leaf = leaf_hash(entry(candidate.body, position, lines, self._stamp))
        self._events.append(
            rows.row(
                rows.bigint(position),
                rows.repeated(candidate.source),
                rows.text(candidate.id),
                rows.repeated(candidate.type),
                rows.moment(micros(candidate.happened_at)),
                self._recorded_micros,
                rows.field(candidate.body),
                rows.NULL if lines is None else rows.field(lines),
                rows.field(candidate.content_hash),
                rows.field(leaf),
                rows.texts(tags),
            )
        )
        if candidate.personal is not None:
            self._personal.append(candidate)
        if len(self._events) >= _SLICE and self._cursor is not None:
            self._push(self._cursor)

    def _push(self, cursor: psycopg.Cursor) -> None:
        """Send the event rows that are ready; PostgreSQL takes them in while we go on."""
        if self._copy is None:
            self._copy = self._stream.enter_context(cursor.copy(SQL["copy_events"]))
            self._copy.write(rows.HEADER)
        self._copy.write(b"".join(self._events))
        self._events.clear()

    def refusal(self, rejected: Rejected) -> None:
        """Keep what was refused, for its owner."""
        raw = rejected.raw
        self._refusals.append(
            rows.row(
                rows.text(rejected.source),
                rows.NULL if rejected.id is None else rows.text(rejected.id),
                rows.text(rejected.code),
                rows.text(rejected.detail),
                self._recorded_micros,
                rows.field(raw[:REFUSAL_BYTES_MAX]),
                rows.bigint(len(raw)),
            )
        )

    def flush(self, states: GroupStates, head: int, master_key: bytes) -> None:
        """Send everything that is left; the caller commits."""
        cursor = self._cursor
        assert cursor is not None
        if self._events:
            self._push(cursor)
        if self._copy is not None:
            self._copy.write(rows.TRAILER)
        self._stream.close()
        _copy(cursor, "copy_refusals", self._refusals)
        self._flush_states(cursor, states)
        for candidate in self._personal:
            self._seal(cursor, candidate, master_key)
        for parked in self.parked.values():
            cursor.execute(SQL["park"], self._park_row(parked, head))
        for number, missing in self.waiting_longer.items():
            cursor.execute(SQL["wait_on"], {"number": number, "missing": list(missing)})
        for settled in self.settled:
            cursor.execute(
                SQL["settle"],
                {
                    "number": settled.number,
                    "settled_at": self.recorded_at,
                    "settled_position": settled.position,
                    "outcome": settled.outcome,
                },
            )

    def _flush_states(self, cursor: psycopg.Cursor, states: GroupStates) -> None:
        new: list[bytes] = []
        keys: list[str] = []
        texts: list[str] = []
        positions: list[str] = []
        for key, state in states.changed.items():
            text, position = registry.encode(state), self.state_positions[key]
            if key in states.created:
                new.append(rows.row(rows.text(key), rows.bigint(position), rows.text(text)))
            else:
                keys.append(key)
                texts.append(text)
                positions.append(str(position))
        _copy(cursor, "copy_states", new)
        if keys:
            join = _SEPARATOR.join
            cursor.execute(
                SQL["update_states"], {"keys": join(keys), "states": join(texts), "positions": join(positions)}
            )

    def _seal(self, cursor: psycopg.Cursor, candidate: Candidate, master_key: bytes) -> None:
        party = next(key for key in candidate.references if key.startswith("party:"))
        assert candidate.personal is not None
        wrapped, sealed = identity.seal(master_key, party, candidate.personal)
        cursor.execute(SQL["seal_person"], {"party": party, "wrapped_key": wrapped, "sealed": sealed})

    def _park_row(self, parked: Parked, head: int) -> dict[str, object]:
        candidate = parked.candidate
        return {
            "source": candidate.source,
            "id": candidate.id,
            "type": candidate.type,
            "happened_at": candidate.happened_at,
            "parked_at": self.recorded_at,
            "parked_position": head,
            "body": candidate.body,
            "content_hash": candidate.content_hash,
            "missing": list(parked.missing),
        }


def _copy(cursor: psycopg.Cursor, statement: str, lines: list[bytes]) -> None:
    if lines:
        with cursor.copy(SQL[statement]) as copy:
            copy.write(rows.copy_body(lines))
