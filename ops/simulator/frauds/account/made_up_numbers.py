"""Number anomalies: deposits that a program made up, with the digits people think of and several in the same second."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Plant, Planted, World

PLATFORM = "xinrui"
WISHED = (5_888, 6_666, 7_777, 8_800, 8_888, 9_600, 9_999, 58_000, 66_600, 88_000, 99_000, 680)


def plant(rng: Random, world: World) -> Plant:
    """To show activity the platform books the same money in and out among forty invented accounts."""
    script = Script(rng, world, PLATFORM, "MN")
    begin = stage.moment(world, 3, 9)
    puppets = script.persons(40, begin)
    days = world.span.days * 75 // 90
    for n in range(190):
        at = begin + DAY * (1 + rng.uniform(0, days))
        amount = rng.choice(WISHED) * YUAN
        for each in rng.sample(puppets, 3):
            script.deposit(at, each, amount)
            if n % 8 == 0:
                script.withdraw(at + HOUR, each, amount, hours=rng.uniform(4, 20))
    record = Planted(
        "made_up_numbers",
        "I15 number anomalies",
        "amounts",
        (f"platform:{PLATFORM}", *(each.key for each in puppets)),
        "充值金额集中于吉利数字，且多笔同一秒同一金额",
        "deposits favour lucky numbers, several of one amount in the same second",
        begin.date(),
        world.span.last,
    )
    return Plant(record, script.facts)
