"""Payments under restriction: after its suspension a platform goes on paying insiders, and tells nobody beforehand."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, Script
from ops.simulator.model import REGISTRY, YUAN, Decoy, Fact, Plant, Planted, World

PLATFORM = "minxin"


def plant(rng: Random, world: World) -> Plant:
    """Whoever is close to the owner gets out with everything; small savers are paid as well, in small sums."""
    script = Script(rng, world, PLATFORM, "PR")
    begin = stage.moment(world, 20, 9)
    suspended = stage.moment(world, 62, 9)
    insiders = script.persons(rng.randint(5, 7), begin)
    owner = world.operators[PLATFORM].owner
    for each in insiders:
        script.relate(begin + DAY, each, owner, rng.choice(("family", "affiliate")))
        amount = rng.randrange(80_000, 300_000, 10_000) * YUAN
        script.deposit(begin + DAY * rng.uniform(2, 20), each, amount)
        script.withdraw(suspended + DAY * rng.uniform(1, 18), each, amount, hours=rng.uniform(1, 5))
    savers = script.persons(4, begin)
    for each in savers:
        script.deposit(begin + 3 * DAY, each, 4_000 * YUAN)
        script.withdraw(suspended + DAY * rng.uniform(2, 15), each, 3_000 * YUAN)
    order = {"platform": PLATFORM, "reason": "涉嫌违规，责令停止新业务，大额支付须事先报告"}
    facts = [*script.facts, Fact(suspended, REGISTRY, "platform.suspended", order)]
    record = Planted(
        "payments_while_restricted",
        "P16 unauthorised payments under restriction",
        "platform",
        (f"platform:{PLATFORM}", *(each.key for each in insiders)),
        f"平台被暂停后未经报告向 {len(insiders)} 名关联人支付大额资金",
        f"after its suspension the platform pays {len(insiders)} insiders large sums without notice",
        (suspended + timedelta(days=1)).date(),
        world.span.last,
    )
    zh, en = "暂停期间向普通投资人支付的小额提现", "small withdrawals of ordinary savers during the suspension"
    return Plant(record, facts, [Decoy("P16", tuple(each.key for each in savers), zh, en)])
