"""Tells stories: picks the next event for what the ledger is at, mostly one that can be, sometimes one that can't."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from ledger.events.naming import key, name_of
from ledger.states.base import State
from tests.ledger.given import START, Event
from tests.ledger.machine.chooser import Chooser, amount, pick
from tests.ledger.machine.memory import Memory

S = TypeVar("S", bound=State)
SCOPES = ("huizhong", "jinding")
PEOPLE = ("U", "V", "W", "B", "I")
CURRENCIES = ("CNY", "USD", "JPY")
SCALES = (60, 1_000, 10**15)
_TRIES = 20
_DEPOSIT = {"investor": "U", "amount": 1, "currency": "CNY"}
_FIRST = datetime.fromisoformat(START)


class Verb(NamedTuple):
    """How to say one kind of event; `tell` gives None where there is nothing to say it of."""

    weight: int
    tell: Callable[[Teller], Event | None]


class Teller:
    """One story in the making. Names are few and the same on both platforms, so that events meet.

    A `name` keeps its platforms and event ids apart from those of other stories in the same ledger.
    """

    def __init__(self, chooser: Chooser, memory: Memory, verbs: tuple[Verb, ...], name: str = "") -> None:
        self.chooser = chooser
        self.memory = memory
        self.told: list[Event] = []  # each once
        self.sent: list[Event] = []  # with repetitions
        self.most = pick(chooser, SCALES)
        self.scopes = tuple(scope + name for scope in SCOPES)
        self.scope = self.scopes[0]
        self._name = name
        self.wild = False
        self._now = _FIRST
        self.verbs = verbs
        self._said = [verb for verb in verbs for _ in range(verb.weight)]

    def begin(self) -> list[Event]:
        """Two licensed platforms with the same people on both."""
        for scope in self.scopes:
            self.scope = scope
            registered = {"platform": scope, "name": scope, "kinds": ["reward", "lending"], "jurisdiction": "CN"}
            self.tell("platform.registered", registered, "registry")
            self.tell("platform.licensed", {"platform": scope}, "registry")
            for name in PEOPLE:
                self.tell("party.registered", {"party": name, "kind": "person"})
        self.sent += self.told
        return self.sent[:]

    def next(self) -> Event:
        """One more event."""
        self.sent.append(self._next())
        return self.sent[-1]

    def _next(self) -> Event:
        self._now += timedelta(hours=self.chooser.below(30))
        self.scope = self.scopes[self.chooser.below(5) // 4]
        self.wild = self.chance(8)
        for _ in range(_TRIES):
            event = pick(self.chooser, self._said).tell(self)
            if event is not None:
                return event
        return self.tell("deposit.received", {"deposit": self.fresh("D", "deposit"), **_DEPOSIT})  # this always can be

    # -- what verbs are made of

    def tell(self, type: str, data: dict[str, Any], source: str = "", *, id: str = "") -> Event:
        """An event of now; now and then it is told late, and happened some days ago."""
        ago = timedelta(hours=pick(self.chooser, (30, 100, 700))) if self.told[14:] and self.chance(12) else timedelta()
        time = max(self._now - ago, _FIRST).isoformat()
        event = Event(type, data, source or f"platform:{self.scope}", time, id or f"{self._name}t{len(self.told)}")
        self.told.append(event)
        return event

    def late(self, event: Event, end: int | None) -> Event:
        """The event that was just told, mostly as something from before `end` (Unix microseconds), if there is one."""
        if end is None or self.chance(4):
            return event
        before = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=end) - timedelta(hours=1)
        self.told[-1] = event.at(before.isoformat())
        return self.told[-1]

    def by(self, event: Event, asker: str) -> Event:
        """The event that was just told, as sent with this key."""
        self.told[-1] = event.asked_by(asker)
        return self.told[-1]

    def chance(self, one_in: int) -> bool:
        """True once in so many times; the plain case is False."""
        return self.chooser.below(one_in) == one_in - 1

    def amount(self, most: int) -> int:
        """Up to `most`; in a wild event possibly one more than there is."""
        return amount(self.chooser, most + 1 if self.wild else most)

    def some(self, kind: type[S], *statuses: str) -> tuple[str, S] | None:
        """The name and state of an entity in one of these statuses; in a wild event of any status."""
        here = [
            (name_of(own), state)
            for own, state in self.memory.states.items()
            if isinstance(state, kind)
            and own.partition(":")[2].startswith(self.scope + "/")
            and (self.wild or not statuses or getattr(state, "status", None) in statuses)
        ]
        return pick(self.chooser, here) if here else None

    def fresh(self, prefix: str, kind: str) -> str:
        """A name that is free; in a wild event perhaps one that is taken, or whose event has yet to come."""
        taken = sum(1 for own in self.memory.states if own.startswith(f"{kind}:{self.scope}/"))
        return f"{prefix}{taken - 1 if self.wild and taken else taken}"

    def free(self, kind: str, name: str) -> bool:
        """Whether nothing has this name."""
        return self.memory.states.get(key(kind, self.scope, name)) is None

    def person(self) -> str:
        """Somebody, rarely somebody unknown so far."""
        return "Z" if self.wild and self.chance(3) else pick(self.chooser, PEOPLE)

    def until(self, days: int) -> str:
        """A moment so many days from now."""
        return (self._now + timedelta(days=days)).isoformat()
