"""Lender for lender: what one lender pays in is paid out to another one as if the borrower had repaid."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, MONTH, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World

PLATFORM = "yinhu"


def plant(rng: Random, world: World) -> Plant:
    """The new lender's money leaves his account the day it came, and no claim is his; an old one is paid by him."""
    script = Script(rng, world, PLATFORM, "LL")
    begin = stage.moment(world, rng.uniform(3, 9), 9)
    loans, new_ones = [], []
    for n in range(rng.randint(5, 7)):
        at = begin + DAY * (1 + 3 * n)
        (old,) = script.persons(1, at - 9 * HOUR)
        amount = rng.randrange(20_000, 60_000, 5_000) * YUAN
        loan = script.lend(at, script.person(at - 9 * HOUR), amount, [old], rate="0.1", months=2)
        day = loan.began + 2 * MONTH - DAY * rng.uniform(0.5, 2)
        new = script.person(day - 30 * HOUR)
        script.deposit(day - 8 * HOUR, new, amount)
        script.withdraw(day - 6 * HOUR, new, amount, hours=5)
        script.repay(day, loan, amount, 0, payer=new)
        script.withdraw(day + 3 * HOUR, old, amount, hours=6)
        loans.append(loan)
        new_ones.append(new)
    other, decoy = _sold(rng, world)
    record = Planted(
        "lender_for_lender",
        "P18 lender replaced by lender",
        "platform",
        (f"platform:{PLATFORM}", *(each.key for each in new_ones), *(loan.key for loan in loans)),
        f"{len(loans)} 次用新出借人的充值兑付旧出借人，且没有债权转让",
        f"{len(loans)} times a new lender's deposit pays an old one out, and no claim is transferred",
        (loans[0].began + 2 * MONTH - 3 * DAY).date(),
        world.span.last,
    )
    return Plant(record, [*script.facts, *other.facts], [decoy])


def _sold(rng: Random, world: World) -> tuple[Script, Decoy]:
    """One lender leaves, another takes her place, and the claim goes with the money."""
    script = Script(rng, world, "hengan", "LLD")
    begin = stage.moment(world, 14, 9)
    old, new = script.persons(2, begin)
    loan = script.lend(begin + DAY, script.person(begin), 40_000 * YUAN, [old], months=3)
    script.deposit(loan.began + 20 * DAY, new, 40_000 * YUAN)
    script.sell(loan.began + 20 * DAY + HOUR, loan, old, new, 40_000 * YUAN)
    script.withdraw(loan.began + 20 * DAY + 3 * HOUR, old, 40_000 * YUAN)
    script.repay_on_time(loan, 3)
    return script, Decoy("P18", (loan.key, old.key, new.key), "正常的债权转让退出", "an ordinary sale of a claim")
