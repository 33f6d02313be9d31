"""Goal sniping: with the deadline hours away two strangers give exactly what is missing to the goal."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from ops.simulator import campaigns, people, reward
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR
from ops.simulator.model import YUAN, Decoy, Fact, Party, Plant, Planted, World, rounded

PLATFORM = "huizhong"


def plant(rng: Random, world: World) -> Plant:
    """All-or-nothing campaigns: a failure rescued at the last minute, and one that many rush to at the end."""
    begin = stage.moment(world, rng.uniform(14, 30), 10)
    issuer, honest = stage.company(rng, PLATFORM, "GS", begin), stage.company(rng, PLATFORM, "GSD", begin)
    helpers = stage.newcomers(rng, PLATFORM, 2, "GS-P", begin + 15 * DAY)
    late = stage.newcomers(rng, PLATFORM, 16, "GSD-P", begin + 14 * DAY)
    sniped, told = _sniped(rng, world, issuer, helpers)
    popular = stage.reward_plan(rng, "GSD-0001", honest, begin + HOUR, days=18, goal=20_000 * YUAN)
    rush = [
        stage.backing(popular.deadline - HOUR * rng.uniform(2, 20), each, rng.choice(reward.TIERS)) for each in late
    ]
    crowd = stage.audience(rng, world, popular, 60, tuple(tier * 4 for tier in reward.TIERS))
    told += [*campaigns.life(rng, popular, [*crowd, *rush])]
    record = Planted(
        "goal_sniping",
        "C03 goal sniping",
        "issuer",
        (sniped.key, *(each.key for each in helpers)),
        "截止前数小时由两名新账户补足全部缺口，刚好达到目标",
        "hours before the deadline two new accounts give just what is missing to the goal",
        (sniped.deadline - DAY).date(),
        world.span.last,
    )
    zh, en = "临近截止的自然认购高峰", "the ordinary rush of many before a deadline"
    facts = [*people.registrations([issuer, honest, *helpers, *late]), *told]
    return Plant(record, facts, [Decoy("C03", (popular.key,), zh, en)])


def _sniped(rng: Random, world: World, issuer: Party, helpers: list[Party]) -> tuple[campaigns.Plan, list[Fact]]:
    """The goal is set so that strangers bring about half of it."""
    opened = issuer.joined + 2 * HOUR
    plan = stage.reward_plan(rng, "GS-0001", issuer, opened, days=16, goal=10**9)
    crowd = [each for each in stage.audience(rng, world, plan, 55, reward.TIERS) if each.fate == "collected"]
    crowd = [each for each in crowd if each.at < plan.opened + plan.length * 0.85]
    theirs = sum(each.amount for each in crowd)
    goal = rounded(theirs / rng.uniform(0.45, 0.65), 100)
    missing = goal - theirs + goal // 100
    parts = (missing * 6 // 10, missing - missing * 6 // 10)
    hours = (rng.uniform(6, 9), rng.uniform(1, 5))
    snipers = [stage.backing(plan.deadline - HOUR * before, each, part)
               for each, part, before in zip(helpers, parts, hours, strict=True)]  # fmt: skip
    plan = replace(plan, goal=goal)
    return plan, list(campaigns.life(rng, plan, [*crowd, *snipers]))
