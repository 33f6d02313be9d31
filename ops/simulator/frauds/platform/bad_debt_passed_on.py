"""New money for bad debt: claims on loans in arrears go at par from old investors to people who have just paid in."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, MONTH, Lent, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World

PLATFORM = "yinhu"
EACH = 10_000 * YUAN


def plant(rng: Random, world: World) -> Plant:
    """Three loans that never pay an instalment; every holder is bought out by a newcomer days after the due date."""
    script = Script(rng, world, PLATFORM, "BD")
    begin = stage.moment(world, rng.uniform(3, 8), 9)
    loans = []
    for n in range(3):
        at = begin + DAY * (6 * n + rng.uniform(1, 4))
        holders = script.persons(rng.randint(6, 8), at - 6 * HOUR)
        loan = script.lend(at, script.firm(at - 5 * HOUR), EACH * len(holders), holders, rate="0.12", months=4)
        moment = loan.began + MONTH + 3 * DAY
        for holder in holders:
            moment += HOUR * rng.uniform(10, 40)
            (newcomer,) = script.persons(1, moment - rng.randint(4, 30) * HOUR)
            script.deposit(newcomer.joined + HOUR, newcomer, EACH)
            script.sell(moment, loan, holder, newcomer, EACH, rng.choice(("0.97", "0.99", "1")))
            script.withdraw(moment + 5 * HOUR, holder, EACH * 97 // 100)
        loans.append(loan)
    other, decoy = _distressed(rng, world)
    record = Planted(
        "bad_debt_passed_on",
        "P04 new money assigned to bad debt",
        "platform",
        (f"platform:{PLATFORM}", *(loan.key for loan in loans)),
        "逾期借款的债权按面值转给刚充值的新投资人",
        "claims on overdue loans are passed at par to investors who have just paid in",
        (loans[0].began + MONTH + 3 * DAY).date(),
        world.span.last,
    )
    return Plant(record, [*script.facts, *other.facts], [decoy])


def _distressed(rng: Random, world: World) -> tuple[Script, Decoy]:
    """A fund that deals in bad debt buys an overdue loan at a third of its face, as everybody can see."""
    script = Script(rng, world, "hengan", "BDD")
    begin = stage.moment(world, 5, 9)
    holders = script.persons(6, begin)
    loan: Lent = script.lend(begin + DAY, script.firm(begin), EACH * 6, holders, months=6)
    buyer = script.firm(begin + 40 * DAY)
    script.deposit(begin + 41 * DAY, buyer, EACH * 3)
    for n, holder in enumerate(holders):
        script.sell(begin + DAY * (45 + n), loan, holder, buyer, EACH, "0.35")
    zh, en = (
        "不良资产买家以面值三成五受让逾期债权",
        "a buyer of bad debt takes over an overdue loan at 35 % of its face",
    )
    return script, Decoy("P04", (loan.key, buyer.key), zh, en)
