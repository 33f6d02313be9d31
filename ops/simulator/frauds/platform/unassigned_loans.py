"""Unassigned loans: claims that no investor holds stay with the operating company, an eighth of the book and more."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World

PLATFORM = "yinhu"


def plant(rng: Random, world: World) -> Plant:
    """A loan is paid out when it is bid for in full; where investors are missing, the platform fills the list."""
    script = Script(rng, world, PLATFORM, "UL")
    begin = stage.moment(world, rng.uniform(10, 16), 9)
    company = world.operators[PLATFORM].company
    loans = []
    for n in range(rng.randint(5, 7)):
        at = begin + DAY * (5 * n + rng.uniform(0, 3))
        amount = rng.randrange(150_000, 260_000, 10_000) * YUAN
        loan = script.lend(at, script.firm(at - 3 * HOUR), amount, [company], rate="0.1", months=6)
        script.repay_on_time(loan, 6)
        loans.append(loan)
    other, decoy = _own_stake(rng, world)
    record = Planted(
        "unassigned_loans",
        "P03 unassigned loans",
        "platform",
        (f"platform:{PLATFORM}", company.key, *(loan.key for loan in loans)),
        f"{len(loans)} 笔已放款借款的债权无出借人，由平台运营公司持有",
        f"no investor holds the claims of {len(loans)} loans that were paid out; the operating company does",
        loans[0].began.date(),
        world.span.last,
    )
    return Plant(record, [*script.facts, *other.facts], [decoy])


def _own_stake(rng: Random, world: World) -> tuple[Script, Decoy]:
    """An honest platform takes a symbolic part of one loan: five hundred yuan."""
    script = Script(rng, world, "hengan", "ULD")
    begin = stage.moment(world, 20, 9)
    company = world.operators["hengan"].company
    lenders = script.persons(12, begin)
    loan = script.lend(begin + DAY, script.firm(begin), 240_000 * YUAN, lenders, months=3)
    script.deposit(loan.began + HOUR, company, 500 * YUAN)
    script.sell(loan.began + DAY, loan, lenders[0], company, 500 * YUAN)
    script.repay_on_time(loan, 3)
    return script, Decoy(
        "P03", (loan.key,), "平台象征性自持 500 元债权", "the platform holds five hundred yuan of a loan"
    )
