"""Pass-through: whatever comes in goes out again within two days, almost to the yuan, again and again."""

from __future__ import annotations

from random import Random

from ops.simulator.city import PAYMENTS
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, MONTH, Script
from ops.simulator.model import YUAN, Decoy, Party, Plant, Planted, World


def plant(rng: Random, world: World) -> Plant:
    """Every time from other victims; beside it a student whose allowance pays the rent once a month."""
    script = Script(rng, world, PAYMENTS.id, "PA")
    begin = stage.moment(world, rng.uniform(10, 45), 9)
    mule, *takers = script.persons(3, begin)
    victims: list[Party] = []
    for n in range(rng.randint(4, 5)):
        at = begin + DAY * (1 + 5 * n + rng.uniform(0, 2))
        came = 0
        for each in script.persons(3, at - 6 * HOUR):
            amount = rng.randint(100, 240) * 100 * YUAN
            script.transfer(at + HOUR * rng.uniform(0, 10), each, mule, amount)
            came += amount
            victims.append(each)
        for taker in takers:
            kept = rng.randint(1, 4)
            script.transfer(at + HOUR * rng.uniform(12, 30), mule, taker, came * (100 - kept) // 200)
    student, parent, landlord = script.persons(3, stage.moment(world, 2, 9))
    for month in range(3):
        at = student.joined + DAY + MONTH * month
        script.transfer(at, parent, student, 3_000 * YUAN)
        script.transfer(at + DAY, student, landlord, 2_850 * YUAN)
    record = Planted(
        "pass_through",
        "I09 pass-through account",
        "laundering",
        tuple(each.key for each in (mule, *takers, *victims)),
        "账户收款后两日内几乎全额转出，反复多次",
        "what an account receives leaves within two days, again and again",
        (begin + DAY).date(),
        (begin + 25 * DAY).date(),
    )
    decoy = Decoy("I09", (student.key,), "学生收到生活费后交房租", "a student's allowance pays the rent")
    return Plant(record, script.facts, [decoy])
