"""Dormant escrow: a campaign fails, and most of what it had collected is never returned."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from ops.simulator import campaigns, people, reward
from ops.simulator.campaigns import Backing
from ops.simulator.frauds import stage
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World

PLATFORM = "huizhong"


def plant(rng: Random, world: World) -> Plant:
    """Two failed campaigns of two issuers: one keeps the money, the other returns it in the same week."""
    begin = stage.moment(world, rng.uniform(22, 30), 10)
    told, plans = [], []
    for name in ("DE", "DED"):
        issuer = stage.company(rng, PLATFORM, name, begin)
        plan = stage.reward_plan(rng, f"{name}-0001", issuer, begin + timedelta(hours=2), days=14, goal=90_000 * YUAN)
        backers = stage.newcomers(rng, PLATFORM, rng.randint(16, 22), f"{name}-P", begin)
        pledges = []
        for each in backers:
            at = plan.opened + timedelta(days=rng.randint(1, 11), minutes=rng.randint(0, 900))
            pledges.append(Backing(at, each, rng.choice(reward.TIERS) * 3))
        life = [*people.registrations([issuer, *backers]), *campaigns.life(rng, plan, pledges)]
        if name == "DE":
            refunds = [fact for fact in life if fact.type == "pledge.refunded"]
            kept = {fact.id for fact in refunds[len(refunds) // 4 :]}
            life = [fact for fact in life if fact.id not in kept]
        told += life
        plans.append(plan)
    record = Planted(
        "dormant_escrow",
        "P20 dormant escrow",
        "platform",
        (plans[0].key, f"platform:{PLATFORM}", plans[0].issuer.key),
        "项目失败后四分之三的已收款长期未退",
        "three quarters of a failed campaign's money are never returned",
        (plans[0].deadline + timedelta(days=6)).date(),
        world.span.last,
    )
    zh, en = "项目失败后数日内全部退款", "a failed campaign returns everything within days"
    return Plant(record, told, [Decoy("P20", (plans[1].key,), zh, en)])
