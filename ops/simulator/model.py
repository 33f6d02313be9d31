"""The nouns of the simulated market: span, parties, facts, planted frauds. Plain values, no randomness, no clock."""

from __future__ import annotations

import json
import uuid
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, timezone
from functools import cached_property
from random import Random
from typing import Any

CST = timezone(timedelta(hours=8))  # the city's clock
CURRENCY = "CNY"
YUAN = 100  # fen
REGISTRY = "registry"

PAST = 400  # days before the first one that a story may reach back

# Fields that say who did it, or with which loan; a campaign is named by everybody who pledges to it.
ROLES = ("party", "to", "investor", "issuer", "borrower", "payer", "payee", "loan")

_IDS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:crowdledger:simulator")

Data = dict[str, Any]


def rounded(fen: float, yuan: int) -> int:
    """An amount in fen, rounded to whole multiples of `yuan`."""
    return round(fen / (yuan * YUAN)) * yuan * YUAN


@dataclass(frozen=True)
class Span:
    """The days of the market, first and last included."""

    first: date
    last: date

    @classmethod
    def ending(cls, last: date, days: int) -> Span:
        """`days` days up to and with `last`."""
        return cls(last - timedelta(days=days - 1), last)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def begin(self) -> datetime:
        """The first moment inside."""
        return datetime.combine(self.first, time(), CST)

    @property
    def end(self) -> datetime:
        """The first moment after."""
        return datetime.combine(self.last + timedelta(days=1), time(), CST)

    def at(self, day: float, hour: float = 0.0) -> datetime:
        """The moment `day` days and `hour` hours after the beginning, to the second."""
        return self.begin + timedelta(seconds=round(day * 86_400 + hour * 3_600))


@dataclass(frozen=True)
class Fact:
    """Something that happened at a platform, as its event will say it."""

    at: datetime
    source: str
    type: str
    data: Data

    @cached_property
    def id(self) -> str:
        """Made from the content, so that adding other facts never changes it, and unique within the source."""
        content = json.dumps([self.source, self.type, self.at.isoformat(), self.data], sort_keys=True)
        return str(uuid.uuid5(_IDS, content))

    def event(self) -> Data:
        """The CloudEvent."""
        return {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "time": self.at.isoformat(),
            "data": self.data,
        }


@dataclass(frozen=True)
class Party:
    """A person's or organisation's account on one platform; `number` is the same on all of them."""

    platform: str
    id: str
    kind: str
    name: str
    number: str
    district: str
    joined: datetime
    channel: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The source of the events about it."""
        return f"platform:{self.platform}"

    @property
    def key(self) -> str:
        """Its key in the ledger."""
        return f"party:{self.platform}/{self.id}"

    def on(self, platform: str, joined: datetime) -> Party:
        """The same person's account on another platform."""
        return replace(self, platform=platform, joined=joined)


@dataclass(frozen=True)
class Crowd:
    """The investors of one platform by the time they joined."""

    members: Sequence[Party]

    @cached_property
    def _joined(self) -> list[datetime]:
        return [member.joined for member in self.members]

    def pick(self, rng: Random, at: datetime) -> Party:
        """One who has joined by then; those of long standing come up more often."""
        known = bisect_right(self._joined, at)
        return self.members[int(max(known, 1) * rng.random() ** 1.15)]


@dataclass(frozen=True)
class Operator:
    """Who runs a platform: its operating company, the officer who signs for it, and its main owner."""

    company: Party
    officer: Party
    owner: Party


@dataclass(frozen=True)
class World:
    """What stands before the first event: the days, and who is there."""

    span: Span
    scale: float
    investors: Mapping[str, Crowd]
    owners: Mapping[str, Sequence[Party]]  # issuers of campaigns and borrowers, by platform
    operators: Mapping[str, Operator]

    def count(self, base: float) -> int:
        """A number of things at this market's scale, at least one."""
        return max(1, round(base * self.scale))


@dataclass(frozen=True)
class Planted:
    """A fraud that is in the market on purpose. `subjects` are ledger keys, `events` are (source, id)."""

    name: str
    typology: str  # the heading of docs/RISK.md it was written from
    family: str
    subjects: tuple[str, ...]
    zh: str
    en: str
    since: date
    until: date
    events: tuple[tuple[str, str], ...] = ()
    also: tuple[str, ...] = ()  # codes of other typologies that its facts fulfil as well

    @property
    def codes(self) -> tuple[str, ...]:
        """The typology's code, with which the ids of its rules begin (`I03`), and the codes of the others."""
        return (self.typology.partition(" ")[0], *self.also)


@dataclass(frozen=True)
class Decoy:
    """An honest thing that looks like a fraud of `typology` (a code); an alert of that typology on it is false."""

    typology: str
    subjects: tuple[str, ...]
    zh: str
    en: str


@dataclass(frozen=True)
class Plant:
    """A fraud as its generator hands it over: its facts, its record, and how it bends what others report."""

    record: Planted
    facts: Sequence[Fact] = ()
    decoys: Sequence[Decoy] = ()
    silent_from: Mapping[str, datetime] = field(default_factory=dict)  # by platform
    new_bank_from: Mapping[str, datetime] = field(default_factory=dict)  # by platform: another custody account
    reported_balance: Callable[[str, date, int], int] | None = None  # (platform, day, truth) -> what is said

    def finished(self) -> Planted:
        """The record with the ids of the events that name the culprits; an honest backer's pledge is no fraud."""
        culprits = {tuple(subject.partition(":")[2].split("/")) for subject in self.record.subjects}
        events = [
            (fact.source, fact.id)
            for fact in self.facts
            if any((fact.source.partition(":")[2], fact.data.get(role)) in culprits for role in ROLES)
        ]
        return replace(self.record, events=tuple(events))
