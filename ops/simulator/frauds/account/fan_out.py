"""Fan-out: one account sprays nearly equal sums over a dozen accounts that it never paid before."""

from __future__ import annotations

from random import Random

from ops.simulator.city import PAYMENTS
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, MONTH, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World


def plant(rng: Random, world: World) -> Plant:
    """Mules within three days; beside them a small firm that pays unlike wages, the same people month after month."""
    script = Script(rng, world, PAYMENTS.id, "FO")
    begin = stage.moment(world, rng.uniform(12, 50), 9)
    source = script.person(begin)
    mules = script.persons(rng.randint(11, 16), begin)
    base = rng.randint(40, 90) * 100 * YUAN
    for each in mules:
        at = begin + DAY + HOUR * rng.uniform(0, 70)
        script.transfer(at, source, each, base * rng.randint(95, 105) // 100)
    payroll = Script(rng, world, PAYMENTS.id, "FOD")
    start = stage.moment(world, 3, 9)
    firm = payroll.firm(start)
    for each in payroll.persons(6, start):
        wage = rng.randint(35, 140) * 100 * YUAN
        for month in range(3):
            payroll.transfer(start + DAY + MONTH * month + HOUR * rng.uniform(0, 5), firm, each, wage)
    record = Planted(
        "fan_out",
        "I05 fan-out",
        "laundering",
        (source.key, *(each.key for each in mules)),
        f"三天内向 {len(mules)} 个新收款人分发几乎相等的金额",
        f"nearly equal sums go to {len(mules)} new payees within three days",
        (begin + DAY).date(),
        (begin + 5 * DAY).date(),
    )
    decoy = Decoy("I05", (firm.key,), "小企业按月发工资", "a small firm's wages")
    return Plant(record, [*script.facts, *payroll.facts], [decoy])
