"""Invest and withdraw: staff of a platform pledge early to draw others in, and cancel before they are collected."""

from __future__ import annotations

from random import Random

from ops.simulator import campaigns, equity
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import CURRENCY, YUAN, Decoy, Plant, Planted, World

PLATFORM = "qihang"


def plant(rng: Random, world: World) -> Plant:
    """Two employees in three or four campaigns; a third one pledges, and pays."""
    script = Script(rng, world, PLATFORM, "IW")
    begin = stage.moment(world, rng.uniform(8, 14), 9)
    *staff, honest = script.persons(3, begin)
    for each in (*staff, honest):
        script.relate(begin + HOUR, each, world.operators[PLATFORM].company, "affiliate")
    keys = []
    for n in range(rng.randint(3, 4)):
        opened = begin + DAY * (1 + 9 * n)
        issuer = script.firm(opened - 20 * HOUR)
        plan = campaigns.Plan(
            PLATFORM, f"IW-{n:04d}", "equity", issuer, f"智能制造项目 {n + 1} 期", 300_000 * YUAN,
            opened.replace(microsecond=0), opened.replace(microsecond=0) + 24 * DAY, minimum=1_000 * YUAN, fee_bp=300,
            collect_after=(2 * 86_400, 5 * 86_400), topic={"industry": "智能制造"},
        )  # fmt: skip
        backers = stage.audience(rng, world, plan, rng.randint(18, 28), equity.TIERS)
        if n == 0:
            backers.append(stage.backing(opened + 3 * DAY, honest, 5_000 * YUAN))
        script.facts += campaigns.life(rng, plan, backers)
        for each in staff:
            pledge, at = script.number("P"), opened + HOUR * rng.uniform(1, 40)
            made = {"campaign": plan.id, "investor": each.id, "amount": rng.choice((30_000, 50_000, 80_000)) * YUAN}
            script.say(at, "pledge.made", pledge=pledge, **made, currency=CURRENCY, channel=dict(each.channel))
            script.say(opened + DAY * rng.uniform(9, 14), "pledge.cancelled", pledge=pledge, reason="investor")
        keys.append(plan.key)
    record = Planted(
        "insider_withdrawal",
        "C02 invest-and-withdraw by insiders",
        "issuer",
        tuple(each.key for each in staff),
        f"平台员工在 {len(keys)} 个项目早期认购造势，外部投资人跟进后撤回",
        f"staff pledge early to {len(keys)} campaigns and cancel once outsiders have followed",
        (begin + DAY).date(),
        world.span.last,
    )
    zh, en = "平台员工真实出资的小额认购", "an employee who pledges a little, and pays"
    return Plant(record, script.facts, [Decoy("C02", (honest.key,), zh, en)])
