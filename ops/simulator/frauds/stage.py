"""What the planted frauds share: their own people and campaigns, and an honest audience to hide among."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

from ops.simulator import campaigns, city, people
from ops.simulator.campaigns import Backing, Plan
from ops.simulator.model import YUAN, Fact, Party, World

NINETY = 90


def moment(world: World, day: float, hour: float = 0.0) -> datetime:
    """A moment on a day counted as if the market had ninety, so that a shorter one holds the same story."""
    return world.span.at(day * world.span.days / NINETY, hour)


def day(world: World, number: float) -> date:
    """The date of a day counted the same way."""
    return moment(world, number).date()


def newcomers(rng: Random, platform: str, number: int, prefix: str, joined: datetime) -> list[Party]:
    """People who register one after another, minutes apart."""
    made = []
    for n in range(number):
        joined += timedelta(seconds=rng.randint(120, 1_500))
        made.append(people.person(rng, n + 1, joined, prefix, platform))
    return made


def company(rng: Random, platform: str, prefix: str, joined: datetime) -> Party:
    """An organisation of the fraud's own."""
    return people.firm(rng, 1, platform, joined, prefix)


def reward_plan(rng: Random, name: str, issuer: Party, opened: datetime, *, days: int, goal: int) -> Plan:
    """A reward campaign that looks like any other."""
    return Plan(
        issuer.platform,
        name,
        "reward",
        issuer,
        f"{rng.choice(city.FIRMS)}{rng.choice(city.THINGS)}",
        goal,
        opened,
        opened + timedelta(days=days),
        minimum=10 * YUAN,
        topic={"category": rng.choice(city.REWARDS)},
        delivers=True,
    )


def audience(rng: Random, world: World, plan: Plan, number: int, tiers: Sequence[int]) -> list[Backing]:
    """Honest backers of a fraud's campaign."""
    return campaigns.backings(rng, world, plan, number, tiers)


def in_escrow(facts: Sequence[Fact]) -> int:
    """What a campaign's facts leave in escrow once it closed: collected and not refunded, in fen."""
    amounts = {fact.data["pledge"]: fact.data["amount"] for fact in facts if fact.type == "pledge.made"}
    total = sum(amounts[fact.data["pledge"]] for fact in facts if fact.type == "pledge.collected")
    total -= sum(fact.data["amount"] for fact in facts if fact.type in {"pledge.refunded", "fee.charged"})
    return int(total)


def closing(facts: Sequence[Fact]) -> datetime:
    """When a campaign closed."""
    return next(fact.at for fact in facts if fact.type == "campaign.closed")


def without(facts: Sequence[Fact], *kinds: str) -> list[Fact]:
    """A story but for what the fraud tells in its own way."""
    return [fact for fact in facts if fact.type not in kinds]


def backing(at: datetime, who: Party, amount: int) -> Backing:
    """A pledge that will be collected, at a whole second."""
    return Backing(at.replace(microsecond=0), who, amount)
