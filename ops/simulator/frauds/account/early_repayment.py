"""Early repayment with unexplained funds: a large loan of a year, paid back whole within weeks by a new account."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World

PLATFORM = "rongda"


def plant(rng: Random, world: World) -> Plant:
    """Two of them; beside these a small loan that its borrower repays early himself."""
    script = Script(rng, world, PLATFORM, "ER")
    begin = stage.moment(world, rng.uniform(15, 40), 9)
    loans, payers = [], []
    for n in range(2):
        at = begin + DAY * (1 + 3 * n)
        borrower, lenders = script.firm(at - 9 * HOUR), script.persons(10, at - 8 * HOUR)
        amount = rng.randrange(700_000, 950_000, 10_000) * YUAN
        loan = script.lend(at, borrower, amount, lenders, months=12)
        back = loan.began + DAY * rng.uniform(14, 30)
        payer = script.person(back - DAY * rng.uniform(1, 3))
        script.repay(back, loan, amount, payer=payer)
        loans.append(loan)
        payers.append(payer)
    owner = script.person(begin)
    small = script.lend(begin + 2 * DAY, owner, 20_000 * YUAN, script.persons(4, begin), months=6)
    script.repay(small.began + 24 * DAY, small, small.amount)
    record = Planted(
        "early_repayment",
        "I12 early full repayment with unexplained funds",
        "laundering",
        (*(each.key for each in payers), *(loan.key for loan in loans), *(loan.borrower.key for loan in loans)),
        "一年期大额借款数周内由新开账户全额还清",
        "large loans of a year are repaid whole within weeks, by accounts just opened",
        (loans[0].began + 14 * DAY).date(),
        world.span.last,
    )
    zh, en = "小额借款由本人提前还清", "a small loan repaid early by its borrower"
    return Plant(record, script.facts, [Decoy("I12", (small.key, owner.key), zh, en)])
