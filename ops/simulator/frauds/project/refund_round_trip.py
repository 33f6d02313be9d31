"""Goal-fail laundering: large pledges to campaigns that can't succeed come back as clean refunds, three times."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from ops.simulator import campaigns, people, reward
from ops.simulator.campaigns import Backing
from ops.simulator.frauds import stage
from ops.simulator.model import YUAN, Decoy, Fact, Plant, Planted, World

TRIPS = 3
GOAL = 6_000_000 * YUAN


def plant(rng: Random, world: World) -> Plant:
    """One issuer, one payer, goals fifty times the usual."""
    begin = stage.moment(world, 8, 9)
    issuer = stage.company(rng, "huizhong", "RT", begin)
    (payer,) = stage.newcomers(rng, "huizhong", 1, "RT-P", begin)
    told: list[Fact] = []
    keys = []
    for n in range(TRIPS):
        plan = stage.reward_plan(rng, f"RT-{n:04d}", issuer, stage.moment(world, 10 + 22 * n, 10), days=12, goal=GOAL)
        backers = stage.audience(rng, world, plan, 6, reward.TIERS)
        at = plan.opened + timedelta(days=2, hours=rng.randint(0, 12))
        backers.append(Backing(at, payer, rng.randint(80, 140) * 1_000 * YUAN))
        told += campaigns.life(rng, plan, backers)
        keys.append(plan.key)
    record = Planted(
        "refund_round_trip",
        "C04 goal-fail laundering",
        "laundering",
        (payer.key, issuer.key, *keys),
        f"同一付款人 {TRIPS} 次大额认购必然失败的项目后收到退款",
        f"one payer gets {TRIPS} large pledges back from campaigns with goals that can't be met",
        begin.date(),
        stage.day(world, 10 + 22 * TRIPS),
    )
    (unlucky,) = stage.newcomers(rng, "huizhong", 1, "RTD-P", begin)
    for n in range(2):
        maker = stage.company(rng, "huizhong", f"RTD{n}", begin)
        plan = stage.reward_plan(
            rng, f"RTD-{n:04d}", maker, stage.moment(world, 14 + 25 * n, 10), days=15, goal=30_000 * YUAN
        )
        backers = stage.audience(rng, world, plan, 12, reward.TIERS)
        backers.append(Backing(plan.opened + timedelta(days=3), unlucky, 299 * YUAN))
        told += [people.registered(maker), *campaigns.life(rng, plan, backers)]
    decoy = Decoy("C04", (unlucky.key,), "两次小额支持未成项目", "small pledges to two campaigns that happened to fail")
    return Plant(record, [*people.registrations([issuer, payer, unlucky]), *told], [decoy])
