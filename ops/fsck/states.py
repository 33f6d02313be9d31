"""Decides every event again, in order, from nothing: postings, tags and final states must be those that are stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import psycopg

from ledger.candidate import Candidate
from ledger.decisions.dispatch import decide
from ledger.recorded import Recorded
from ledger.states import registry
from ledger.store import reading
from ledger.store.boundary import GroupStates, Loaders, Reading, StateCache
from ops.fsck.events import Row
from ops.fsck.report import Report
from ops.fsck.sql import SQL

_encode = msgspec.json.Encoder().encode
_join = "\x1f".join
_FAILED_MAX = 20  # after so many events that decide otherwise, all that follows is consequence


class Fold:
    """The second derivation. States that are not in the cache are in a temporary table of the connection."""

    def __init__(self, connection: psycopg.Connection[Any], report: Report) -> None:
        self._connection = connection
        self._report = report
        self._cache = StateCache()
        self._position = 0
        self._failed = 0
        connection.execute(SQL["make_states"])

    @property
    def given_up(self) -> bool:
        """Whether so much differs that the rest says nothing."""
        return self._failed >= _FAILED_MAX

    def take(self, rows: Sequence[Row]) -> None:
        """The next events, in order."""
        states = GroupStates(
            self._cache, Loaders(self._load, self._load_event, self._load_pledges, self._load_concerning)
        )
        ours = [(row, made) for row in rows if row.is_ours and (made := self._candidate(row)) is not None]
        states.prefetch({key for _, candidate in ours for key in candidate.references})
        positions: dict[str, int] = {}
        for row, candidate in ours:
            if self.given_up:
                return
            self._position = row.position
            reading_ = Reading(states)
            try:
                outcome = decide(candidate, reading_)
            except psycopg.Error:
                raise
            except Exception as error:  # noqa: BLE001 - what was tampered with may break a decision in any way
                self._differ(row, "decision", "accepted", f"{type(error).__name__}: {error}")
                continue
            postings = _encode(outcome.postings) if outcome.postings else None
            if postings != row.postings:
                self._differ(row, "postings", row.postings or b"none", postings or b"none")
            tags = {*reading_.touched, *outcome.changes, *outcome.concerns}
            if tags != set(row.tags):
                self._differ(row, "tags", sorted(set(row.tags) - tags), sorted(tags - set(row.tags)))
            states.apply(outcome.changes)
            positions.update(dict.fromkeys(outcome.changes, row.position))
        self._keep(states, positions)

    def compare(self) -> None:
        """Hold the derived states against the stored ones, after the last event."""
        if self.given_up:
            self._report.notes.append(f"{_FAILED_MAX} events decide otherwise than recorded; states were not compared")
            return
        rows = self._connection.execute(SQL["differing_states"])
        for key, position, stored_at, stored, derived_at, derived in rows:
            self._report.add(
                "states", position, key,
                "nothing" if stored is None else f"{stored} at {stored_at}",
                "nothing" if derived is None else f"{derived} at {derived_at}",
            )  # fmt: skip

    def _differ(self, row: Row, what: str, stored: object, derived: object) -> None:
        self._failed += 1
        self._report.add("states", row.position, f"{row.type} {row.source}/{row.id}: {what}", stored, derived)

    def _candidate(self, row: Row) -> Candidate | None:
        try:
            return reading.candidate(row.source, row.id, row.type, row.happened_at, row.body, row.content_hash)
        except Exception as error:  # noqa: BLE001 - any bytes may stand where an event stood
            self._differ(row, "body", row.body, f"can't be decided: {type(error).__name__}: {error}")
            return None

    def _load(self, keys: list[str]) -> dict[str, registry.State]:
        rows = self._connection.execute(SQL["states"], {"keys": _join(keys)}).fetchall()
        return {key: registry.decode(key, text) for key, text in rows}

    def _load_event(self, source: str, name: str) -> Recorded | None:
        """What was in the log before the event that is being decided."""
        found = reading.event(self._connection, source, name)
        return found if found is not None and found.position < self._position else None

    def _load_concerning(self, key: str, after: int) -> Iterator[Recorded]:
        while found := reading.tagged(self._connection, key, after):
            yield from (each for each in found if each.position < self._position)
            after = found[-1].position

    def _load_pledges(self, campaign: str) -> Iterator[tuple[str, registry.State]]:
        asked = {"campaign": campaign, "before": self._position}
        for key, text in self._connection.execute(SQL["pledges_of"], asked):
            if text is not None:  # else it was made in this batch, which has its state in memory
                yield key, registry.decode(key, text)

    def _keep(self, states: GroupStates, positions: dict[str, int]) -> None:
        if states.changed:
            values = {
                "keys": _join(states.changed),
                "states": _join([registry.encode(state) for state in states.changed.values()]),
                "positions": _join([str(positions[key]) for key in states.changed]),
            }
            self._connection.execute(SQL["put_states"], values)
        states.commit()
