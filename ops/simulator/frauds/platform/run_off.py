"""Run-off before flight: withdrawals wait for days or are turned away, while the officer's own money leaves."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World

PLATFORM = "lutong"


def plant(rng: Random, world: World) -> Plant:
    """Two months of payment within a day, then a month of excuses; officer and owner are served at once."""
    script = Script(rng, world, PLATFORM, "RO")
    begin = stage.moment(world, 2, 9)
    turn = stage.moment(world, rng.uniform(58, 64), 9)
    investors = script.persons(30, begin)
    for each in investors:
        script.deposit(begin + DAY * rng.uniform(1, 3), each, rng.randint(40, 90) * 1_000 * YUAN)
        for _ in range(2):
            at = begin + DAY * rng.uniform(4, (turn - begin).days - 3)
            script.withdraw(at, each, rng.randint(20, 80) * 100 * YUAN, hours=rng.uniform(5, 40))
    for each in investors + rng.sample(investors, 12):
        at = turn + DAY * rng.uniform(0, 16)
        refused = rng.choice(("系统升级", "存管银行维护")) if rng.random() < 0.3 else ""
        script.withdraw(at, each, rng.randint(30, 90) * 100 * YUAN, hours=rng.uniform(130, 280), refused=refused)
    insiders = world.operators[PLATFORM].officer, world.operators[PLATFORM].owner
    for each in insiders:
        amount = rng.randrange(400_000, 700_000, 10_000) * YUAN
        script.deposit(begin + 5 * DAY, each, amount)
        script.withdraw(turn + DAY * rng.uniform(6, 9), each, amount, hours=2)
    other, decoy = _holiday(rng, world)
    record = Planted(
        "run_off",
        "P10 run-off before flight",
        "platform",
        (f"platform:{PLATFORM}", *(each.key for each in insiders)),
        "提现拖延数日、三成被拒，同期负责人和股东大额转出",
        "withdrawals wait for days and a third are refused, while officer and owner take their money out",
        turn.date(),
        world.span.last,
    )
    return Plant(record, [*script.facts, *other.facts], [decoy])


def _holiday(rng: Random, world: World) -> tuple[Script, Decoy]:
    """Over a long holiday the bank is closed: a few withdrawals take two days, all are paid."""
    script = Script(rng, world, "hengan", "ROD")
    begin = stage.moment(world, 48, 9)
    for each in script.persons(6, begin):
        script.deposit(begin + 3 * HOUR, each, 9_000 * YUAN)
        script.withdraw(begin + DAY * rng.uniform(2, 3), each, 8_000 * YUAN, hours=rng.uniform(40, 50))
    return script, Decoy(
        "P10", ("platform:hengan",), "节假日提现稍慢但全部兑付", "a holiday slows withdrawals, all are paid"
    )
