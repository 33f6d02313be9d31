"""Pass-through: whatever comes in goes out again within two days, almost to the yuan, again and again."""

from __future__ import annotations

from random import Random

from ops.simulator.city import PAYMENTS
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, MONTH, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World


def plant(rng: Random, world: World) -> Plant:
    """Five or six times in three weeks; beside it a student whose allowance pays the rent once a month."""
    script = Script(rng, world, PAYMENTS.id, "PA")
    begin = stage.moment(world, rng.uniform(10, 45), 9)
    mule, taker = script.persons(2, begin)
    givers = script.persons(3, begin)
    for n in range(rng.randint(5, 6)):
        at = begin + DAY * (1 + 3.5 * n + rng.uniform(0, 2))
        amount = rng.randint(200, 480) * 100 * YUAN
        script.transfer(at, givers[n % 3], mule, amount)
        script.transfer(at + HOUR * rng.uniform(2, 30), mule, taker, amount * rng.randint(94, 99) // 100)
    student, parent, landlord = script.persons(3, stage.moment(world, 2, 9))
    for month in range(3):
        at = student.joined + DAY + MONTH * month
        script.transfer(at, parent, student, 3_000 * YUAN)
        script.transfer(at + DAY, student, landlord, 2_850 * YUAN)
    record = Planted(
        "pass_through",
        "I09 pass-through account",
        "laundering",
        (mule.key, taker.key, *(each.key for each in givers)),
        "账户收款后两日内几乎全额转出，反复多次",
        "what an account receives leaves within two days, again and again",
        (begin + DAY).date(),
        (begin + 25 * DAY).date(),
    )
    decoy = Decoy("I09", (student.key,), "学生收到生活费后交房租", "a student's allowance pays the rent")
    return Plant(record, script.facts, [decoy])
