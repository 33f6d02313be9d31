"""A ledger in memory that also parks, wakes, knows what it was told before, and keeps what it accepted in order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ledger.candidate import Candidate, Rejected
from ledger.decisions.base import Outcome
from ledger.events.naming import key
from ledger.kernel.refusals import Code, Missing, Refused
from ledger.recorded import local_day
from ledger.states import registry
from ledger.states.base import State
from ledger.states.campaigns import Pledge
from tests.ledger.given import Event, World


class Told(NamedTuple):
    """What became of an event: `status` as in an Answer, and the code where it was refused."""

    status: str
    code: Code | None = None
    detail: str = ""


class Entry(NamedTuple):
    """One accepted event: what was sent, what it did, and the states that it changed as they were before."""

    event: Event
    candidate: Candidate
    outcome: Outcome
    before: dict[str, State | None]


class _Parked(NamedTuple):
    event: Event
    candidate: Candidate
    arrived: int
    missing: tuple[str, ...]


class Memory(World):
    """What the appender does, written a second time and for one caller, so that the two can be held together."""

    def __init__(self, watch: Callable[[Memory, Entry], None] | None = None) -> None:
        super().__init__()
        self._watch = watch
        self.states: dict[str, State] = {}
        self.log: list[Entry] = []
        self.woken: dict[tuple[str, str], Told] = {}  # what became of parked events in the end
        self.parked: dict[tuple[str, str], _Parked] = {}
        self._arrived = 0
        self._hashes: dict[tuple[str, str], bytes] = {}

    def get(self, key: str) -> State | None:
        """As the world does, decoded once: who changes a state in place is found out by `check`."""
        state = self.states.get(key)
        if state is not None:
            self.touched[key] = None
        return state

    def pledges_of(self, campaign: str) -> Iterator[Pledge]:
        """As the world does."""
        for state in self.states.values():
            if isinstance(state, Pledge) and state.campaign == campaign:
                yield state

    @staticmethod
    def scope_of(entry: Entry) -> str:
        """The platform that an entry concerns, whoever told of it."""
        scope: str = getattr(entry.candidate.data, "platform", entry.candidate.scope)
        return scope

    def tell(self, event: Event) -> Told:
        """Decide the event, park it, or know it; then decide what waited for it."""
        candidate = self.candidate(event)
        if isinstance(candidate, Rejected):
            return Told("refused", candidate.code, candidate.detail)
        ident = (candidate.source, candidate.id)
        known = self._hashes.get(ident)
        if known is not None:
            if known == candidate.content_hash:
                return Told("duplicate")
            return Told("refused", Code.ID_REUSED, "")
        arrived = self._arrived = self._arrived + 1
        self._hashes[ident] = candidate.content_hash
        told = self._settle(event, candidate, arrived)
        if told.status == "accepted":
            self._wake()
        return told

    def _settle(self, event: Event, candidate: Candidate, arrived: int) -> Told:
        ident = (candidate.source, candidate.id)
        try:
            self._record(event, candidate)
        except Refused as refused:
            del self._hashes[ident]
            return Told("refused", refused.code, refused.detail)
        except Missing as missing:
            self.parked[ident] = _Parked(event, candidate, arrived, missing.keys)
            return Told("parked", None, ", ".join(missing.keys))
        return Told("accepted")

    def _record(self, event: Event, candidate: Candidate) -> None:
        texts, balances = dict(self.texts), dict(self.balances)
        try:
            outcome = self.record(candidate, local_day(event.time))
        except (Refused, Missing):
            assert (texts, balances) == (self.texts, self.balances), "a refusal changes nothing"
            raise
        before = {changed: self.states.get(changed) for changed in outcome.changes}
        kept = {changed: registry.encode(state) for changed, state in before.items() if state is not None}
        assert kept == {changed: texts[changed] for changed in kept}, "a state was changed in place; caches share it"
        self.states |= {changed: registry.decode(changed, self.texts[changed]) for changed in outcome.changes}
        self.log.append(Entry(event, candidate, outcome, before))
        if self._watch is not None:
            self._watch(self, self.log[-1])

    def _wake(self) -> None:
        """What waited is decided in order of valid time, whatever order it came in."""
        queue: list[tuple[object, int, tuple[str, str]]] = []
        self._queue(queue)
        while queue:
            _, arrived, ident = heapq.heappop(queue)
            parked = self.parked.pop(ident, None)
            if parked is None:
                continue
            told = self._settle(parked.event, parked.candidate, arrived)
            if told.status != "parked":
                self.woken[ident] = told
            if told.status == "accepted":
                self._queue(queue)

    def _queue(self, queue: list[tuple[object, int, tuple[str, str]]]) -> None:
        entry = self.log[-1]
        created = {changed for changed, state in entry.before.items() if registry.is_absent(state)}
        created.add(key("event", entry.candidate.scope, entry.candidate.id))
        for ident, parked in self.parked.items():
            if created.intersection(parked.missing):
                heapq.heappush(queue, (parked.candidate.happened_at, parked.arrived, ident))
