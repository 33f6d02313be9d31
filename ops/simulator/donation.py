"""Donation campaigns: many small gifts, kept whatever is raised, no fee."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

from ops.simulator import campaigns, city
from ops.simulator.campaigns import Plan
from ops.simulator.model import YUAN, Fact, World, rounded

TIERS = tuple(yuan * YUAN for yuan in (50, 20, 100, 10, 200, 500))
DONORS = 70


def facts(rng: Random, world: World) -> Iterator[Fact]:
    """All donation campaigns of all platforms that run them."""
    for platform in city.PLATFORMS:
        if "donation" in platform.kinds:
            share = 1 / len(platform.kinds)
            for n in range(world.count(platform.campaigns * share)):
                plan, number = _plan(rng, world, platform, n)
                yield from campaigns.life(rng, plan, campaigns.backings(rng, world, plan, number, TIERS))


def _plan(rng: Random, world: World, platform: city.Platform, n: int) -> tuple[Plan, int]:
    """A plan and how many gifts it will draw."""
    issuer = rng.choice(world.owners[platform.id])
    opened = world.span.at(max(0.4, rng.uniform(-6, world.span.days - 5)), rng.uniform(0, 10))
    number = max(5, round(rng.lognormvariate(0, 0.5) * DONORS))
    plan = Plan(
        platform.id,
        f"D-{n:04d}",
        "donation",
        issuer,
        f"{rng.choice(city.DISTRICTS)}{rng.choice(city.CAUSES)}",
        max(2_000 * YUAN, rounded(number * rng.uniform(40, 120) * YUAN, 100)),
        opened,
        opened + timedelta(days=rng.randint(10, 30)),
        funding="keep_what_you_raise",
        fee_bp=0,
        topic={"category": rng.choice(city.CAUSES)},
    )
    return plan, number
