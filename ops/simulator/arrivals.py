"""How facts reach the ledger: mostly at once and in order, some late, some in the wrong order, some twice."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from ops.simulator.model import Data, Fact, World

SWAPPED = 0.015  # of the pairs below: the later fact is reported before the one that it names
PAIRS = {"pledge.collected": ("pledge.made", "pledge"), "withdrawal.paid": ("withdrawal.requested", "withdrawal")}
FORGOTTEN = 0.01  # of the registrations at platforms without loans: reported after the party's first pledge
PAPERS = frozenset({"disclosure.filed", "complaint.filed", "campaign.delivered"})
LATE_PAPERS = 0.1
TWICE = 0.007


@dataclass(frozen=True)
class Delivery:
    """An event on its way to the ledger. `fault` names the refusal that a spoiled one deserves."""

    at: datetime
    key: str  # the source whose API key sends it
    event: Data
    again: bool = False
    fault: str = ""


def deliveries(rng: Random, world: World, facts: Sequence[Fact]) -> list[Delivery]:
    """When each of `facts` (in time order) arrives. Nothing overtakes a fact that its decision depends on."""
    arrival = [fact.at for fact in facts]
    for index, at in (*_swapped(rng, facts), *_forgotten(rng, facts), *_late(rng, facts)):
        arrival[index] = min(at, world.span.end - timedelta(seconds=1))
    made = []
    for fact, at in zip(facts, arrival, strict=True):
        made.append(Delivery(at, fact.source, fact.event()))
        if rng.random() < TWICE:
            again = at + timedelta(minutes=rng.choice((1, 1, 5, 60, 1_440)))
            if again < world.span.end:
                made.append(Delivery(again, fact.source, fact.event(), again=True))
    return made


def _swapped(rng: Random, facts: Sequence[Fact]) -> Iterator[tuple[int, datetime]]:
    """Two senders at one platform, the second one quicker: the ledger parks what comes too early."""
    firsts: dict[tuple[str, str, str], int] = {}
    for index, fact in enumerate(facts):
        for earlier, kind in PAIRS.values():
            if fact.type == earlier:
                firsts[fact.source, earlier, fact.data[kind]] = index
        if fact.type in PAIRS:
            earlier, kind = PAIRS[fact.type]
            first = firsts.get((fact.source, earlier, fact.data[kind]))
            if first is not None and rng.random() < SWAPPED:
                yield first, fact.at + timedelta(seconds=rng.randint(1, 8))


def _forgotten(rng: Random, facts: Sequence[Fact]) -> Iterator[tuple[int, datetime]]:
    """A registration that is reported up to an hour after the first pledge; never across a campaign's closing."""
    registered = {(f.source, f.data["party"]): i for i, f in enumerate(facts) if f.type == "party.registered"}
    first_use: dict[int, datetime] = {}
    settling: defaultdict[str, list[datetime]] = defaultdict(list)
    lenders = {fact.source for fact in facts if fact.type == "deposit.received"}
    for fact in facts:
        if fact.type == "pledge.made" and fact.source not in lenders:
            first_use.setdefault(registered[fact.source, fact.data["investor"]], fact.at)
        elif fact.type in {"campaign.closed", "funds.released", "party.related"}:
            settling[fact.source].append(fact.at)
    for index, used in first_use.items():
        if rng.random() < FORGOTTEN:
            at = used + timedelta(minutes=rng.randint(5, 60))
            calls = settling[facts[index].source]
            if bisect_left(calls, used) == bisect_left(calls, at + timedelta(minutes=10)):
                yield index, at


def _late(rng: Random, facts: Sequence[Fact]) -> Iterator[tuple[int, datetime]]:
    """Papers lie on desks for days."""
    for index, fact in enumerate(facts):
        if fact.type in PAPERS and rng.random() < LATE_PAPERS:
            yield index, fact.at + timedelta(days=rng.uniform(0.5, 6))
