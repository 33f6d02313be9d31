"""Evergreening: bad loans are extended around every due date, or paid with a new loan to a sister firm."""

from __future__ import annotations

from datetime import datetime
from random import Random

from ledger.lending.days import add_months
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, MONTH, Lent, Script
from ops.simulator.model import YUAN, Decoy, Party, Plant, Planted, World

PLATFORM = "dingli"


def plant(rng: Random, world: World) -> Plant:
    """One-month loans, extended by a month the day before or after they are due, twice; one is paid by the sister."""
    script = Script(rng, world, PLATFORM, "EG")
    begin = stage.moment(world, rng.uniform(2, 6), 9)
    loans, borrowers = [], []
    for n in range(rng.randint(4, 5)):
        at = begin + DAY * (1 + 2 * n)
        borrower = script.firm(at - 9 * HOUR)
        loan = _bullet(script, at, borrower, rng.randrange(50_000, 120_000, 5_000) * YUAN)
        for month in (1, 2):
            due = datetime.combine(add_months(loan.began.date(), month), loan.began.timetz())
            when = due + DAY * rng.choice((-2, -1, 1))
            reason = rng.choice(("到期资金周转困难", "双方协商展期"))
            script.say(when, "loan.restructured", loan=loan.id, term_months=month + 1, reason=reason)
        loans.append(loan)
        borrowers.append(borrower)
    _pay_by_sister(script, begin + 3 * DAY, loans, borrowers)
    other, decoy = _restructured_once(rng, world)
    record = Planted(
        "evergreening",
        "P14 evergreening",
        "platform",
        (f"platform:{PLATFORM}", *(each.key for each in borrowers), *(loan.key for loan in loans)),
        "借款每到期即展期，或由关联企业新借款偿还旧债",
        "loans are extended at every due date, or repaid with a new loan to a related firm",
        (loans[0].began + 27 * DAY).date(),
        world.span.last,
    )
    return Plant(record, [*script.facts, *other.facts], [decoy])


def _bullet(script: Script, at: datetime, borrower: Party, amount: int) -> Lent:
    lenders = script.persons(5, at - 8 * HOUR)
    return script.lend(at, borrower, amount, lenders, rate="0.115", months=1, repayment="bullet")


def _pay_by_sister(script: Script, at: datetime, loans: list[Lent], borrowers: list[Party]) -> None:
    """The proceeds of the sister's loan pay the old one within two days."""
    old, sister = script.firm(at - 9 * HOUR), script.firm(at - 9 * HOUR)
    script.relate(at - 8 * HOUR, sister, old, "owner", script.rng.choice(("0.6", "0.8")))
    first = _bullet(script, at, old, 80_000 * YUAN)
    second = _bullet(script, first.began + MONTH - 2 * DAY, sister, 82_000 * YUAN)
    script.repay(second.began + DAY, first, first.amount)
    loans += [first, second]
    borrowers += [old, sister]


def _restructured_once(rng: Random, world: World) -> tuple[Script, Decoy]:
    """A shop pays its instalment a week late, gets a month more for the rest, and pays that."""
    script = Script(rng, world, "hengan", "EGD")
    begin = stage.moment(world, 8, 9)
    loan = script.lend(begin + DAY, script.firm(begin), 50_000 * YUAN, script.persons(6, begin), months=2)
    script.repay(loan.began + MONTH + 6 * DAY, loan, 0)
    script.say(loan.began + MONTH + 12 * DAY, "loan.restructured", loan=loan.id, term_months=3, reason="客户回款延迟")
    script.repay(loan.began + 2 * MONTH - 4 * HOUR, loan, 25_000 * YUAN)
    return script, Decoy("P14", (loan.key,), "真实逾期后协商展期一次", "one extension after an honest late payment")
