"""Dormant, then a burst: accounts silent for more than half a year wake up and give large sums within a week."""

from __future__ import annotations

from random import Random

from ops.simulator import campaigns, donation, people
from ops.simulator.campaigns import Plan
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR
from ops.simulator.model import YUAN, Decoy, Fact, Plant, Planted, World

PLATFORM = "jiuyuan"


def plant(rng: Random, world: World) -> Plant:
    """Their last sign of life was a small gift last year; beside them one who comes back with twenty yuan."""
    long_ago = world.span.begin - DAY * rng.randint(230, 300)
    begin = stage.moment(world, rng.uniform(20, 55), 9)
    sleepers = stage.newcomers(rng, PLATFORM, rng.randint(3, 4), "DB-P", long_ago)
    (loyal,) = stage.newcomers(rng, PLATFORM, 1, "DBD-P", long_ago)
    told: list[Fact] = list(people.registrations([*sleepers, loyal]))
    for name, opened in (("DB-0001", long_ago + DAY), ("DB-0002", begin)):
        issuer = stage.company(rng, PLATFORM, f"{name}-E", opened - 5 * HOUR)
        plan = Plan(PLATFORM, name, "donation", issuer, "古城区养老关怀", 40_000 * YUAN, opened, opened + 15 * DAY,
                    funding="keep_what_you_raise", fee_bp=0, topic={"category": "养老"})  # fmt: skip
        gifts = [stage.backing(opened + DAY * rng.uniform(1, 6), each, 20 * YUAN) for each in (*sleepers, loyal)]
        if opened == begin:
            gifts = [stage.backing(opened + DAY * rng.uniform(1, 6), loyal, 20 * YUAN)]
            gifts += stage.audience(rng, world, plan, 25, donation.TIERS)
            for each in sleepers:
                for _ in range(rng.randint(4, 6)):
                    at = opened + DAY * rng.uniform(2, 7)
                    gifts.append(stage.backing(at, each, rng.randint(30, 90) * 100 * YUAN))
        told += [*people.registrations([issuer]), *campaigns.life(rng, plan, gifts)]
    record = Planted(
        "dormant_burst",
        "I16 dormant then burst",
        "identity",
        tuple(each.key for each in sleepers),
        f"{len(sleepers)} 个沉睡半年以上的账户一周内突然大额捐款",
        f"{len(sleepers)} accounts, silent for more than half a year, give large sums within a week",
        (begin + 2 * DAY).date(),
        (begin + 8 * DAY).date(),
    )
    zh, en = "久未登录的老用户捐了二十元", "an old member comes back with twenty yuan"
    return Plant(record, told, [Decoy("I16", (loyal.key,), zh, en)])
