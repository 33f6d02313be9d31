"""A pair who act as one: two investors back the same seven campaigns, minutes apart, from different devices."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from ops.simulator import campaigns, people, reward
from ops.simulator.campaigns import Backing
from ops.simulator.frauds import stage
from ops.simulator.model import YUAN, Fact, Party, Plant, Planted, World

CAMPAIGNS = 7


def plant(rng: Random, world: World) -> Plant:
    """Seven campaigns of seven issuers; the two have nothing else in common."""
    begin = stage.moment(world, 30, 8)
    pair = stage.newcomers(rng, "huizhong", 2, "CP", begin)
    issuers: list[Party] = []
    told: list[Fact] = []
    keys = []
    for n in range(CAMPAIGNS):
        opened = stage.moment(world, 32 + 3 * n, rng.uniform(8, 12))
        issuer = people.firm(rng, n + 1, "huizhong", begin, "EP")
        issuers.append(issuer)
        plan = stage.reward_plan(rng, f"CP-{n:04d}", issuer, opened, days=14, goal=4_000 * YUAN)
        backers = stage.audience(rng, world, plan, rng.randint(15, 30), reward.TIERS)
        at = opened + timedelta(hours=rng.randint(8, 50))
        amount = rng.choice((299, 499, 1_280)) * YUAN
        for each in pair:
            backers.append(Backing(at, each, amount))
            at += timedelta(minutes=rng.randint(1, 8))
        told += campaigns.life(rng, plan, backers)
        keys.append(plan.key)
    record = Planted(
        "collusive_pair",
        "I01 sybil investors (equal project sets)",
        "collusion",
        tuple(each.key for each in pair),
        f"两名投资人先后几分钟内支持完全相同的 {CAMPAIGNS} 个项目",
        f"two investors back exactly the same {CAMPAIGNS} campaigns, minutes apart",
        begin.date(),
        stage.day(world, 32 + 3 * CAMPAIGNS),
    )
    return Plant(record, [*people.registrations([*pair, *issuers]), *told])
