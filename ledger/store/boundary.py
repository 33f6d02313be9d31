"""States of entities during an append: a cache over groups, and the overlay of the group that is being decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ledger.recorded import Recorded
from ledger.states.base import State
from ledger.states.registry import is_absent

Load = Callable[[list[str]], dict[str, State]]  # keys -> the states that exist
LoadEvent = Callable[[str, str], Recorded | None]  # source, id -> the event


class StateCache:
    """States as of `position`, the head of the log after the last group. `None` for a key means: known to be absent.

    Bounded by two generations: when the young one is full it becomes the old one, and what is asked for again comes back.
    """

    def __init__(self, most: int = 100_000) -> None:
        self._young: dict[str, State | None] = {}
        self._old: dict[str, State | None] = {}
        self._most = most
        self.position = 0

    def __contains__(self, key: str) -> bool:
        return key in self._young or key in self._old

    def get(self, key: str) -> State | None:
        """The state; KeyError where the cache doesn't know."""
        try:
            return self._young[key]
        except KeyError:
            state = self._old[key]
            self._young[key] = state
            return state

    def put(self, states: dict[str, State | None]) -> None:
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
    """What the group has changed so far, over what was there before. Nothing here reaches the cache before the commit."""

    def __init__(self, cache: StateCache, load: Load, load_event: LoadEvent) -> None:
        self._cache = cache
        self._load = load
        self._loaded: dict[str, State | None] = {}
        self.changed: dict[str, State] = {}
        self.created: set[str] = set()  # changed keys that have no row yet
        self.load_event = load_event

    def prefetch(self, keys: Iterable[str]) -> None:
        """Load what is asked for and what it leads to, in two questions instead of one per event."""
        found = self._fetch(keys)
        self._fetch(related for state in found for related in state.related())

    def _fetch(self, keys: Iterable[str]) -> list[State]:
        cache, known = self._cache, self._loaded
        wanted = {key for key in keys if key not in cache and key not in known}
        if not wanted:
            return []
        states = self._load(list(wanted))
        for key in wanted:
            known[key] = states.get(key)
        return list(states.values())

    def get(self, key: str) -> State | None:
        """The state of one entity as of now, within the group."""
        state = self.changed.get(key)
        if state is not None:
            return state
        try:
            return self._cache.get(key)
        except KeyError:
            pass  # not cached: it was loaded for this group, or is loaded now
        if key not in self._loaded:
            self._fetch((key,))
        return self._loaded[key]

    def apply(self, changes: dict[str, State]) -> list[str]:
        """Take over an outcome; returns the keys that came into being, anew or again after a correction."""
        fresh: list[str] = []
        for key in changes:
            before = self.get(key)
            if before is None:
                self.created.add(key)
            if is_absent(before):
                fresh.append(key)
        self.changed.update(changes)
        return fresh

    def commit(self) -> None:
        """After the commit: the cache may know."""
        self._cache.put(self._loaded)
        self._cache.put(dict(self.changed))


class Reading:
    """The boundary of one decision: remembers what it read, for those are the event's tags."""

    def __init__(self, states: GroupStates) -> None:
        self._states = states
        self.touched: dict[str, None] = {}  # in the order of reading

    def get(self, key: str) -> State | None:
        """The state of one entity, None where it has not arrived."""
        state = self._states.get(key)
        if state is not None:
            self.touched[key] = None
        return state

    def prefetch(self, keys: Iterable[str]) -> None:
        """Say beforehand what will be read, where it is much."""
        self._states.prefetch(keys)

    def recorded(self, source: str, name: str) -> Recorded | None:
        """A recorded event, None where it is not in the log."""
        return self._states.load_event(source, name)
