"""One group: everything that queued while the last one was being written, decided one by one, written as one commit."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

import psycopg

from ledger.accounts import Posting
from ledger.candidate import Answer, Candidate, Rejected
from ledger.decisions.dispatch import decide
from ledger.events.naming import key
from ledger.identity import Keys
from ledger.intake import as_sent
from ledger.kernel.refusals import Code, Missing, Refused
from ledger.recorded import Recorded
from ledger.rulebook.enforcement import NOTHING, Enforcement
from ledger.states import registry
from ledger.store import reading
from ledger.store.boundary import GroupStates, Loaders, Reading, StateCache
from ledger.store.conditional import ConditionalAppend, matches_pending
from ledger.store.writes import SQL, Parked, Settled, Writes

Item = Candidate | Rejected | ConditionalAppend
Pending = dict[tuple[str, str], tuple[Candidate, int, tuple[Posting, ...], datetime]]
_MANY_FOREIGN = 20_000  # events of other writers beyond which forgetting all is cheaper than asking which
_PLEDGES_PAGE = 10_000
_join = "\x1f".join


class Connections(NamedTuple):
    """The two connections of a writer; see Group."""

    writer: psycopg.Connection
    reader: psycopg.Connection

    def close(self) -> None:
        """Close both."""
        self.writer.close()
        self.reader.close()


class Known(NamedTuple):
    """What is already there under a (source, id). `position` is None while it is parked."""

    content_hash: bytes
    position: int | None


class Group:
    """Decides one group and writes it. Takes the lock; it is held until the writer's transaction ends.

    `writer` may be busy with COPY while decisions are made; what is asked then is asked on `reader`, in autocommit. It
    sees what is committed, and while the lock is held that is all there is, but for what this group has in memory.
    """

    def __init__(
        self,
        connections: Connections,
        cache: StateCache,
        now: datetime,
        items: Iterable[Item],
        enforcement: Enforcement = NOTHING,
        *,
        dry_run: bool = False,
    ) -> None:
        self._reader = connections.reader.cursor()
        self._cache = cache
        self._enforcement = enforcement
        # Accepted in this group. What looks things up holds these parts, not the group: a group that holds itself is
        # left for the cyclic collector, which then stops everything for 70 ms every few thousand events.
        self._pending: Pending = {}
        self._pending_tags: list[tuple[int, str, Sequence[str]]] = []
        load = Loaders(
            partial(_load, self._reader),
            partial(_recorded, self._reader, self._pending),
            partial(_pledges, connections.reader),
            partial(_concerning, connections.reader, self._pending, self._pending_tags),
        )
        self._states = GroupStates(cache, load)
        self._known: dict[tuple[str, str], Known] = {}
        self._waiting: dict[str, list[tuple[str, str]]] = {}  # missing key -> parked (source, id)
        self._parked: dict[tuple[str, str], Parked] = {}
        self._arrived: dict[tuple[str, str], int] = {}  # what was parked in this group, in order
        self._due: list[tuple[datetime, tuple[bool, int], tuple[str, str], str]] = []  # a heap
        last_recorded = self._open(connections.writer, [item for item in items if type(item) is Candidate])
        self.position = self.head
        # A clock that stepped back doesn't take known time back with it.
        self.writes = Writes(max(now, last_recorded or now), None if dry_run else connections.writer)

    # -- before deciding: load for the whole group at once

    def _open(self, writer: psycopg.Connection, candidates: list[Candidate]) -> datetime | None:
        """Lock, see where the log ends, and load what decisions will ask for: one round trip. Returns when it ended.

        Each statement has its own snapshot, so what stands behind the lock sees all that was committed before it.
        Only speed depends on the load being complete.
        """
        keys = {reference for candidate in candidates for reference in candidate.references}
        unknown = self._cache.find(keys, self._states.present)
        asked = {"sources": _join([c.source for c in candidates]), "ids": _join([c.id for c in candidates])}
        with writer.pipeline():
            writer.execute(SQL["lock"])
            heads = writer.execute(SQL["head"])
            known = writer.execute(SQL["known_events"], asked)
            states = writer.execute(SQL["states"], {"keys": _join(unknown)})
        row = heads.fetchone()
        assert row is not None
        last_recorded: datetime | None
        self.head, last_recorded, any_parked = row
        for source, name, position, content_hash in known:
            self._known[source, name] = Known(content_hash, position)
        self._states.loaded(unknown, {key_: registry.decode(key_, text) for key_, text in states})
        self._states.forget(self._foreign_changes())
        if any_parked:
            for source, name, content_hash in self._reader.execute(SQL["known_parked"], asked).fetchall():
                self._known[source, name] = Known(content_hash, None)
            keys = self._load_waiting(keys | {_event_key(c.scope, c.id) for c in candidates})
        self._states.prefetch(keys)
        return last_recorded

    def _foreign_changes(self) -> set[str] | None:
        """The keys that other writers changed since our last group; None for too many to ask."""
        cache = self._cache
        if self.head == cache.position:
            return set()
        if not 0 < self.head - cache.position <= _MANY_FOREIGN:  # below zero: another, restored database
            return None
        return {tag for (tag,) in self._reader.execute(SQL["tags_since"], {"position": cache.position})}

    def _load_waiting(self, keys: set[str]) -> set[str]:
        """Parked events that wait for what this group may bring, and those behind them; returns all they will read."""
        asked: set[str] = set()
        while wanted := keys - asked:
            asked |= wanted
            rows = self._reader.execute(SQL["waiting"], {"keys": _join(wanted)}).fetchall()
            for number, source, name, kind, happened_at, body, content_hash, missing in rows:
                if (source, name) not in self._parked:
                    candidate = reading.candidate(source, name, kind, happened_at, body, content_hash)
                    self._wait(Parked(number, candidate, tuple(missing)))
                    self._known[source, name] = Known(content_hash, None)
                    keys = {*keys, *candidate.references, _event_key(candidate.scope, name)}
        return keys

    # -- deciding

    def decide(self, items: Sequence[Item]) -> list[Answer]:
        """Answer each item in order; what is accepted gets the next position."""
        return [self._answer(item) for item in items]

    def _answer(self, item: Item) -> Answer:
        if type(item) is Candidate:
            answer = self._repeat(item) or self._decide(item, None)
            self._wake()
            return answer
        if type(item) is Rejected:
            self.writes.refusal(item)
            return Answer(item.id, "refused", None, item.code, item.detail)
        assert isinstance(item, ConditionalAppend)
        return self._append_if(item)

    def _repeat(self, candidate: Candidate) -> Answer | None:
        known = self._known.get((candidate.source, candidate.id))
        if known is None:
            return None
        if known.content_hash == candidate.content_hash:
            detail = None if known.position else "the first one is parked still."
            return Answer(candidate.id, "duplicate", known.position, None, detail)
        where = f"at position {known.position}" if known.position else "among the parked"
        return self._refuse(candidate, Code.ID_REUSED, f"id {candidate.id!r} stands {where} with other content.")

    def _decide(self, candidate: Candidate, number: int | None) -> Answer:
        boundary = Reading(self._states)
        try:
            outcome = decide(candidate, boundary, self._enforcement)
        except Refused as refused:
            return self._refuse(candidate, refused.code, refused.detail)
        except Missing as missing:
            return self._park(Parked(number, candidate, missing.keys), missing.detail)
        self.position += 1
        position = self.position
        fresh = self._states.apply(outcome.changes)
        for changed in outcome.changes:
            self.writes.state_positions[changed] = position
        tags = tuple(dict.fromkeys((*boundary.touched, *outcome.changes, *outcome.concerns)))
        self.writes.event(candidate, position, outcome.postings, tags)
        self._remember(candidate, position, outcome.postings, tags)
        if self._waiting:
            fresh.append(_event_key(candidate.scope, candidate.id))
            self._call(fresh)
        return Answer(candidate.id, "accepted", position)

    def _remember(
        self, candidate: Candidate, position: int, postings: tuple[Posting, ...], tags: tuple[str, ...]
    ) -> None:
        ident = (candidate.source, candidate.id)
        self._known[ident] = Known(candidate.content_hash, position)
        self._pending_tags.append((position, candidate.type, tags))
        self._pending[ident] = (candidate, position, postings, self.writes.recorded_at)

    def _refuse(self, candidate: Candidate, code: Code, detail: str) -> Answer:
        raw, clean = (candidate.body, True) if candidate.personal is None else (as_sent(candidate), False)
        self.writes.refusal(Rejected(candidate.source, candidate.id, code, detail, raw, clean))
        return Answer(candidate.id, "refused", None, code, detail)

    # -- parking

    def _park(self, parked: Parked, detail: str) -> Answer:
        candidate = parked.candidate
        self._wait(parked)
        self._known[candidate.source, candidate.id] = Known(candidate.content_hash, None)
        if parked.number is None:
            self.writes.parked[candidate.source, candidate.id] = parked
        else:
            self.writes.waiting_longer[parked.number] = parked.missing
        return Answer(candidate.id, "parked", None, None, detail)

    def _wait(self, parked: Parked) -> None:
        ident = (parked.candidate.source, parked.candidate.id)
        self._parked[ident] = parked
        self._arrived.setdefault(ident, len(self._arrived))
        for missing in parked.missing:
            self._waiting.setdefault(missing, []).append(ident)

    def _call(self, created: list[str]) -> None:
        """Line up whatever waited for what has just come into being: by valid time, then as it arrived."""
        for fresh in created:
            for ident in self._waiting.pop(fresh, ()):
                parked = self._parked.get(ident)
                if parked is not None:
                    arrived = (parked.number is None, parked.number or self._arrived[ident])
                    heapq.heappush(self._due, (parked.candidate.happened_at, arrived, ident, fresh))

    def _wake(self) -> None:
        """Decide again what is due. In order of valid time, so that the order in which events arrived can't show."""
        while self._due:
            *_, ident, fresh = heapq.heappop(self._due)
            parked = self._parked.get(ident)
            if parked is None or fresh not in parked.missing:
                continue  # settled by another key, or waiting for others by now
            del self._parked[ident]
            self.writes.parked.pop(ident, None)
            answer = self._decide(parked.candidate, parked.number)
            if answer.status == "refused":
                self._known.pop(ident, None)
            if parked.number is not None and answer.status != "parked":
                self.writes.waiting_longer.pop(parked.number, None)
                self.writes.settled.append(Settled(parked.number, answer.position or self.position, answer.status))

    # -- the library's append

    def _append_if(self, item: ConditionalAppend) -> Answer:
        condition = item.condition
        for asked in condition:
            found = self._reader.execute(
                SQL["matching"], {"after": item.after, "types": asked.types, "tags": asked.tags}
            ).fetchone()
            if (found and found[0]) or matches_pending(asked, item.after, self._pending_tags):
                return Answer(None, "conflict")
        for event in item.events:
            self.position += 1
            candidate = event.candidate(self.writes.recorded_at)
            self.writes.opaque_event(candidate, self.position, event.tags)
            self._pending_tags.append((self.position, candidate.type, event.tags))
        return Answer(None, "accepted", self.position)

    def commit(self, keys: Keys) -> None:
        """Write and commit; from then on it is durable. The current one of `keys` wraps those of people's data."""
        self.writes.commit(self._states, self.head, keys)
        self._states.commit()
        self._cache.position = self.position


def _event_key(scope: str, name: str) -> str:
    return key("event", scope, name)


def _load(reader: psycopg.Cursor, keys: list[str]) -> dict[str, registry.State]:
    rows = reader.execute(SQL["states"], {"keys": _join(keys)}).fetchall()
    return {key_: registry.decode(key_, text) for key_, text in rows}


def _pledges(reader: psycopg.Connection, campaign: str) -> Iterator[tuple[str, registry.State]]:
    """Page by page: a campaign may have more pledges than should be in memory together."""
    with reader.transaction(), reader.cursor("pledges_of") as cursor:
        cursor.itersize = _PLEDGES_PAGE
        cursor.execute(SQL["pledges_of"], {"campaign": campaign})
        for key_, text in cursor:
            yield key_, registry.decode(key_, text)


def _recorded(reader: psycopg.Cursor, pending: Pending, source: str, name: str) -> Recorded | None:
    """An event of the log, or one that this group has accepted and not written yet."""
    found = pending.get((source, name))
    if found is None:
        return reading.event(reader.connection, source, name)
    return _pending_event(*found)


def _pending_event(
    candidate: Candidate, position: int, postings: tuple[Posting, ...], recorded_at: datetime
) -> Recorded:
    return Recorded(
        position, candidate.source, candidate.scope, candidate.id, candidate.type, candidate.happened_at, recorded_at,
        reading.day_of(candidate.body), candidate.data, postings,
    )  # fmt: skip


def _concerning(
    reader: psycopg.Connection, pending: Pending, tags: Sequence[tuple[int, str, Sequence[str]]], key_: str, after: int
) -> Iterator[Recorded]:
    """Events on an entity: those of the log, page by page, then those that this group has accepted."""
    while found := reading.tagged(reader, key_, after):
        yield from found
        after = found[-1].position
    positions = {position for position, _, tagged in tags if position > after and key_ in tagged}
    for each in pending.values():
        if each[1] in positions:
            yield _pending_event(*each)
