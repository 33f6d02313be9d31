"""Closed user group: the same few lenders fund the same few borrowers, a quarter of all the platform's loans."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World

PLATFORM = "minxin"


def plant(rng: Random, world: World) -> Plant:
    """Matched by hand: none of these listings is ever shown to anybody else."""
    script = Script(rng, world, PLATFORM, "CG")
    begin = stage.moment(world, rng.uniform(5, 9), 9)
    lenders, borrowers = script.persons(rng.randint(5, 6), begin), script.persons(4, begin)
    loans = []
    for n in range(rng.randint(13, 16)):
        at = begin + DAY * (1 + 3 * n)
        amount = rng.randrange(20_000, 50_000, 5_000) * YUAN
        loan = script.lend(at, borrowers[n % 4], amount, rng.sample(lenders, 4), months=1, fills_in=90)
        script.repay_on_time(loan, 1)
        loans.append(loan)
    other, decoy = _club(rng, world)
    record = Planted(
        "closed_group",
        "P17 closed user group matching",
        "platform",
        (f"platform:{PLATFORM}", *(each.key for each in (*lenders, *borrowers)), *(loan.key for loan in loans)),
        f"{len(lenders)} 名出借人与 {len(borrowers)} 名借款人之间封闭撮合 {len(loans)} 笔",
        f"{len(lenders)} lenders fund {len(borrowers)} borrowers {len(loans)} times, and nobody else",
        begin.date(),
        world.span.last,
    )
    return Plant(record, [*script.facts, *other.facts], [decoy])


def _club(rng: Random, world: World) -> tuple[Script, Decoy]:
    """Three old classmates lend to the same two people once, among strangers."""
    script = Script(rng, world, "hengan", "CGD")
    begin = stage.moment(world, 30, 9)
    classmates, strangers = script.persons(3, begin), script.persons(6, begin)
    keys = []
    for n, borrower in enumerate(script.persons(2, begin)):
        loan = script.lend(begin + DAY * (1 + n), borrower, 45_000 * YUAN, [*classmates, *strangers], months=1)
        script.repay_on_time(loan, 1)
        keys.append(loan.key)
    decoy = Decoy(
        "P17", (*keys, *(each.key for each in classmates)), "老同学各投两笔", "classmates lend twice together"
    )
    return script, decoy
