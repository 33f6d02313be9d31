"""The whole market from one seed: everybody's facts, the planted frauds, and how all of it reaches the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from ops.simulator import (
    arrivals,
    complaints,
    corrections,
    custody,
    donation,
    equity,
    lending,
    operators,
    payments,
    people,
    registry,
    reports,
    reward,
    spoiled,
)
from ops.simulator.arrivals import Delivery
from ops.simulator.frauds import PLANTS
from ops.simulator.model import CST, PAST, Decoy, Fact, Plant, Planted, Span, World

DAYS = 90


@dataclass(frozen=True)
class Day:
    """What the platforms send on one day: by sending source, in the order of sending."""

    date: date
    by_source: dict[str, list[Delivery]]


@dataclass(frozen=True)
class Market:
    """`facts` is what happened, in time order; `deliveries` is what the ledger is told, in the order of arrival."""

    world: World
    facts: Sequence[Fact]
    deliveries: Sequence[Delivery]
    planted: Sequence[Planted]
    decoys: Sequence[Decoy]

    def days(self) -> Iterator[Day]:
        """The deliveries day by day."""
        days: defaultdict[date, defaultdict[str, list[Delivery]]] = defaultdict(lambda: defaultdict(list))
        for delivery in self.deliveries:
            days[delivery.at.astimezone(CST).date()][delivery.key].append(delivery)
        for day in sorted(days):
            yield Day(day, dict(days[day]))


def build(seed: int, last: date, days: int = DAYS, scale: float = 1.0) -> Market:
    """The same arguments give the same market, event for event."""

    def rng(part: str) -> Random:
        # One stream of chance per part: a change in one leaves the others as they were.
        return Random(f"{seed}/{part}")

    span = Span.ending(last, days)
    world = people.populate(rng("populate"), span, scale, operators.appoint(rng("operators"), span))
    plants = [plant(rng(name), world) for name, plant in PLANTS.items()]
    told = [
        *registry.facts(world),
        *operators.facts(world),
        *people.facts(rng("people"), world),
        *reward.facts(rng("reward"), world),
        *donation.facts(rng("donation"), world),
        *equity.facts(rng("equity"), world),
        *lending.facts(rng("lending"), world),
        *payments.facts(rng("payments"), world),
    ]
    told += complaints.facts(rng("complaints"), told)
    told += corrections.facts(rng("corrections"), told)
    told += [fact for plant in plants for fact in plant.facts]
    facts = _heard(_in_time(told, span), plants)
    banks = {name: since for plant in plants for name, since in plant.new_bank_from.items()}
    statements = (*custody.facts(world, facts, _statement(plants), banks), *reports.facts(rng("reports"), world, facts))
    facts = _heard(_in_time([*facts, *statements], span), plants)
    sent = arrivals.deliveries(rng("arrivals"), world, facts)
    sent += spoiled.deliveries(rng("spoiled"), world, facts, tuple(sent))
    sent.sort(key=lambda delivery: delivery.at)
    decoys = [decoy for plant in plants for decoy in plant.decoys]
    return Market(world, facts, sent, [plant.finished() for plant in plants], decoys)


def _in_time(facts: list[Fact], span: Span) -> list[Fact]:
    """In time order, the sort being stable; what would happen after the last day has not happened."""
    begin = span.begin - timedelta(days=PAST)
    return sorted((fact for fact in facts if begin <= fact.at < span.end), key=lambda fact: fact.at)


def _heard(facts: list[Fact], plants: Sequence[Plant]) -> list[Fact]:
    """Without what a silent platform keeps to itself."""
    silent = {f"platform:{name}": since for plant in plants for name, since in plant.silent_from.items()}
    return [fact for fact in facts if fact.source not in silent or fact.at < silent[fact.source]]


def _statement(plants: Sequence[Plant]) -> custody.Statement:
    """What custodians' statements say: the truth, bent by whatever plant bends it."""

    def statement(platform: str, day: date, truth: int) -> int:
        for plant in plants:
            if plant.reported_balance is not None:
                truth = plant.reported_balance(platform, day, truth)
        return truth

    return statement
