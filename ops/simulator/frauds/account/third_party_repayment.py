"""Third-party repayment: one stranger's account repays the loans of half a dozen borrowers."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World

PLATFORM = "anjie"


def plant(rng: Random, world: World) -> Plant:
    """Beside it a mother, related as such, who pays the one loan of her son."""
    script = Script(rng, world, PLATFORM, "TP")
    begin = stage.moment(world, rng.uniform(8, 22), 9)
    stranger = script.person(begin)
    loans, borrowers = [], []
    for n in range(rng.randint(6, 8)):
        at = begin + DAY * (1 + 2 * n)
        borrower = script.person(at - 9 * HOUR)
        amount = rng.randrange(20_000, 60_000, 5_000) * YUAN
        loan = script.lend(at, borrower, amount, script.persons(4, at - 8 * HOUR), months=1)
        script.repay_on_time(loan, 1, payer=stranger)
        loans.append(loan)
        borrowers.append(borrower)
    son, mother = script.persons(2, begin)
    script.relate(begin + HOUR, mother, son, "family")
    own = script.lend(begin + DAY, son, 20_000 * YUAN, script.persons(4, begin), months=2)
    script.repay_on_time(own, 2, payer=mother)
    record = Planted(
        "third_party_repayment",
        "I11 third-party repayment",
        "credit",
        (stranger.key, *(each.key for each in borrowers), *(loan.key for loan in loans)),
        f"一个无关账户替 {len(loans)} 名借款人还款",
        f"one unrelated account repays {len(loans)} borrowers' loans",
        loans[0].began.date(),
        world.span.last,
    )
    zh, en = "母亲替儿子还款", "a mother pays her son's loan"
    return Plant(record, script.facts, [Decoy("I11", (mother.key, own.key), zh, en)])
