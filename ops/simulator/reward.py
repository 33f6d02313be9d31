"""Reward campaigns: a thing to be made, price tiers, delivery afterwards. Two in three succeed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from ops.simulator import campaigns, city
from ops.simulator.campaigns import Backing, Plan
from ops.simulator.model import YUAN, Fact, World, rounded

TIERS = tuple(yuan * YUAN for yuan in (99, 49, 199, 299, 20, 499, 1_280))
BACKERS = 75
# One first pledge in ten is the owner's own (Crosetto and Regner 2018): a habit, and seldom a fraud.
SELF_PLEDGING = 0.1


def facts(rng: Random, world: World) -> Iterator[Fact]:
    """All reward campaigns of all platforms that run them."""
    for platform in city.PLATFORMS:
        if "reward" in platform.kinds:
            share = 1 / len(platform.kinds)
            for n in range(world.count(platform.campaigns * share)):
                plan, number = _plan(rng, world, platform, n)
                backers = campaigns.backings(rng, world, plan, number, TIERS)
                if rng.random() < SELF_PLEDGING:
                    at = plan.opened + timedelta(minutes=rng.randint(10, 300))
                    backers.append(Backing(at, plan.issuer, rng.choice(TIERS)))
                yield from campaigns.life(rng, plan, backers)


def _plan(rng: Random, world: World, platform: city.Platform, n: int) -> tuple[Plan, int]:
    """A plan and how many pledges it will draw."""
    issuer = rng.choice(world.owners[platform.id])
    # Some open on the first day, the last ones run beyond the last: a market has no beginning and no end.
    opened = world.span.at(max(0.4, rng.uniform(-8, world.span.days - 6)), rng.uniform(0, 10))
    deadline = opened + timedelta(days=rng.randint(12, 35), seconds=rng.randint(0, 9) * 600)
    number = max(4, round(rng.lognormvariate(0, 0.6) * BACKERS))
    expected = number * 160 * YUAN
    goal = max(1_000 * YUAN, rounded(expected * rng.uniform(0.4, 1.35), 100))
    plan = Plan(
        platform.id,
        f"R-{n:04d}",
        "reward",
        issuer,
        f"{rng.choice(city.FIRMS)}{rng.choice(city.THINGS)}",
        goal,
        opened,
        deadline,
        funding="keep_what_you_raise" if rng.random() < 0.25 else "all_or_nothing",
        minimum=10 * YUAN,
        topic={"category": rng.choice(city.REWARDS)},
        delivers=True,
        called_off=opened + timedelta(days=6) if rng.random() < 0.03 else None,
    )
    return plan, number
