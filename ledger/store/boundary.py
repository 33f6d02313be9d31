"""States of entities during an append: a cache over groups, and the overlay of the group that is being decided."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from ledger.recorded import Recorded
from ledger.states.base import State
from ledger.states.campaigns import Pledge
from ledger.states.registry import is_absent

Load = Callable[[list[str]], dict[str, State]]  # keys -> the states that exist
LoadEvent = Callable[[str, str], Recorded | None]  # source, id -> the event
LoadConcerning = Callable[[str, int], Iterator[Recorded]]  # key, position -> the events on it behind that
LoadPledges = Callable[[str], Iterator[tuple[str, State]]]  # campaign -> keys and states of its pledges, each once


class Loaders(NamedTuple):
    """How what is not in memory is looked up in what was committed."""

    states: Load
    event: LoadEvent
    pledges: LoadPledges
    concerning: LoadConcerning


class StateCache:
    """States as of `position`, the head of the log after the last group. `None` for a key means: known to be absent.

    Bounded by two generations: a full young one becomes the old one, and what is asked for again comes back.
    """

    def __init__(self, most: int = 100_000) -> None:
        self._young: dict[str, State | None] = {}
        self._old: dict[str, State | None] = {}
        self._most = most
        self.position = 0

    def find(self, keys: Iterable[str], into: dict[str, State | None]) -> list[str]:
        """Put what is known into `into`; returns the keys that have to be loaded."""
        young, old = self._young, self._old
        unknown: list[str] = []
        for key in keys:
            if key in young:
                into[key] = young[key]
            elif key in old:
                into[key] = young[key] = old[key]
            else:
                unknown.append(key)
        return unknown

    def put(self, states: Mapping[str, State | None]) -> None:
        """Take over what was loaded or committed."""
        self._young.update(states)
        if len(self._young) > self._most:
            self._old, self._young = self._young, {}

    def drop(self, keys: Iterable[str]) -> None:
        """Forget what another writer changed."""
        for key in keys:
            self._young.pop(key, None)
            self._old.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._young.clear()
        self._old.clear()


class GroupStates:
    """The states that a group reads, with what it has changed so far. Nothing reaches the cache before the commit."""

    def __init__(self, cache: StateCache, load: Loaders) -> None:
        self._cache = cache
        self._load = load.states
        self._load_pledges = load.pledges
        self.present: dict[str, State | None] = {}  # as of now, within the group; None: known to be absent
        self.changed: dict[str, State] = {}
        self.load_event = load.event
        self.concerning = load.concerning

    def loaded(self, keys: Iterable[str], states: Mapping[str, State]) -> None:
        """Take over what was read: a key without a state is absent."""
        for key in keys:
            self.present[key] = states.get(key)

    def forget(self, changed: Collection[str] | None) -> None:
        """Drop what the cache said of keys that another writer changed; None: of all."""
        if changed is None:
            self._cache.clear()
            self.present.clear()
        elif changed:
            self._cache.drop(changed)
            for key in changed:
                self.present.pop(key, None)

    def prefetch(self, keys: Iterable[str]) -> None:
        """Load what is asked for and what it leads to, in two questions instead of one per event."""
        keys = set(keys)
        self._fetch(keys)
        found = [self.present[key] for key in keys]
        self._fetch(related for state in found if state is not None for related in state.related())

    def _fetch(self, keys: Iterable[str]) -> None:
        wanted = {key for key in keys if key not in self.present}
        unknown = self._cache.find(wanted, self.present)
        if unknown:
            self.loaded(unknown, self._load(unknown))

    def get(self, key: str) -> State | None:
        """The state of one entity as of now, within the group."""
        if key not in self.present:
            self._fetch((key,))
        return self.present[key]

    def pledges_of(self, campaign: str) -> Iterator[Pledge]:
        """The pledges of a campaign as of now: those that the group changed, then the others as they are stored."""
        changed = self.changed
        for key, state in changed.items():
            if key.startswith("pledge:") and isinstance(state, Pledge) and state.campaign == campaign:
                yield state
        for key, state in self._load_pledges(campaign):
            # An id that was corrected away may have been pledged to another campaign since.
            if key not in changed and isinstance(state, Pledge) and state.campaign == campaign:
                yield state

    def apply(self, changes: Mapping[str, State]) -> list[str]:
        """Take over an outcome; returns the keys that came into being, anew or again after a correction."""
        fresh = [key for key in changes if is_absent(self.get(key))]
        self.present.update(changes)
        self.changed.update(changes)
        return fresh

    def commit(self) -> None:
        """After the commit: the cache may know."""
        self._cache.put(self.present)


class Reading:
    """The boundary of one decision: remembers what it read, for those are the event's tags."""

    __slots__ = ("_present", "_states", "touched")

    def __init__(self, states: GroupStates) -> None:
        self._states = states
        self._present = states.present
        self.touched: dict[str, None] = {}  # in the order of reading

    def get(self, key: str) -> State | None:
        """The state of one entity, None where it has not arrived."""
        state = self._present[key] if key in self._present else self._states.get(key)
        if state is not None:
            self.touched[key] = None
        return state

    def prefetch(self, keys: Iterable[str]) -> None:
        """Say beforehand what will be read, where it is much."""
        self._states.prefetch(keys)

    def recorded(self, source: str, name: str) -> Recorded | None:
        """A recorded event, None where it is not in the log."""
        return self._states.load_event(source, name)

    def concerning(self, key: str, after: int) -> Iterator[Recorded]:
        """The events on an entity behind a position, in order."""
        return self._states.concerning(key, after)

    def pledges_of(self, campaign: str) -> Iterator[Pledge]:
        """Every pledge of a campaign as it stands; they don't become tags."""
        return self._states.pledges_of(campaign)
