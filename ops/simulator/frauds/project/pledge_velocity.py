"""A robot: one account makes sixty pledges to one campaign in forty minutes, to push it up the front page."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from ops.simulator import campaigns, donation, people
from ops.simulator.campaigns import Backing, Plan
from ops.simulator.frauds import stage
from ops.simulator.model import YUAN, Plant, Planted, World

PLEDGES = 60


def plant(rng: Random, world: World) -> Plant:
    """Small amounts, seconds apart."""
    begin = stage.moment(world, 50, 9)
    issuer = stage.company(rng, "aixin", "PV", begin)
    (robot,) = stage.newcomers(rng, "aixin", 1, "PV-P", begin)
    plan = Plan(
        "aixin",
        "PV-0001",
        "donation",
        issuer,
        "古城区助学计划",
        40_000 * YUAN,
        begin + timedelta(hours=2),
        begin + timedelta(days=15),
        funding="keep_what_you_raise",
        fee_bp=0,
        topic={"category": "助学"},
    )
    backers = stage.audience(rng, world, plan, 40, donation.TIERS)
    at = start = plan.opened + timedelta(days=2)
    for _ in range(PLEDGES):
        backers.append(Backing(at, robot, rng.choice((10, 20, 50)) * YUAN))
        at += timedelta(seconds=rng.randint(15, 60))
    record = Planted(
        "pledge_velocity",
        "C13 unusual receipts",
        "velocity",
        (plan.key, issuer.key, robot.key),
        f"一个账户 40 分钟内对同一项目认捐 {PLEDGES} 次",
        f"one account makes {PLEDGES} pledges to one campaign in forty minutes",
        start.date(),
        at.date(),
    )
    return Plant(record, [*people.registrations([issuer, robot]), *campaigns.life(rng, plan, backers)])
