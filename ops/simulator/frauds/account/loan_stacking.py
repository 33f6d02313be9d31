"""Loan stacking: one borrower takes a loan on four platforms within ten days, before any can know of the others."""

from __future__ import annotations

from datetime import datetime
from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, MONTH, Lent, Script
from ops.simulator.model import YUAN, Decoy, Fact, Party, Plant, Planted, World

PLATFORMS = ("rongda", "anjie", "lutong", "hengan")


def plant(rng: Random, world: World) -> Plant:
    """Another borrower has a loan on a second platform, too: two months after the first, which is repaid."""
    begin = stage.moment(world, rng.uniform(15, 45), 9)
    parties: list[Party] = []
    loans: list[Lent] = []
    facts: list[Fact] = []
    home = Script(rng, world, PLATFORMS[0], "LK0")
    borrower = home.person(begin)
    scripts = [home, *(Script(rng, world, name, f"LK{n}") for n, name in enumerate(PLATFORMS[1:], start=1))]
    for n, script in enumerate(scripts):
        at = begin + DAY * (1 + 2.4 * n)
        here = borrower if n == 0 else script.join(borrower, at - 9 * HOUR)
        loan = _loan(script, at, here, rng.randrange(60_000, 120_000, 5_000) * YUAN)
        parties.append(here)
        loans.append(loan)
    early = stage.moment(world, 3, 9)
    quick = Script(rng, world, PLATFORMS[0], "LKD0")
    slow = Script(rng, world, PLATFORMS[1], "LKD1")
    honest = quick.person(early)
    quick.repay_on_time(_loan(quick, early + DAY, honest, 30_000 * YUAN), 1)
    later = slow.join(honest, early + 2 * MONTH)
    _loan(slow, early + 2 * MONTH + DAY, later, 30_000 * YUAN)
    for script in (*scripts, quick, slow):
        facts += script.facts
    record = Planted(
        "loan_stacking",
        "I10 loan stacking",
        "credit",
        (*(each.key for each in parties), *(loan.key for loan in loans)),
        f"同一借款人十天内在 {len(loans)} 个平台借款",
        f"one borrower takes loans on {len(loans)} platforms within ten days",
        (begin + 4 * DAY).date(),
        world.span.last,
    )
    zh, en = "还清后两个月在另一平台再借", "a second loan elsewhere, after the first was repaid"
    return Plant(record, facts, [Decoy("I10", (honest.key, later.key), zh, en)])


def _loan(script: Script, at: datetime, borrower: Party, amount: int) -> Lent:
    return script.lend(at, borrower, amount, script.persons(4, at - 8 * HOUR), months=3)
