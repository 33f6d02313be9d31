"""Repayments kept: borrowers pay the operating company through the payment firm, and the ledger never hears of it."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, MONTH, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World

PLATFORM = "yinhu"


def plant(rng: Random, world: World) -> Plant:
    """What is due every month goes from the borrower's account to the company's; investors are told he is late."""
    script = Script(rng, world, PLATFORM, "KR")
    begin = stage.moment(world, rng.uniform(4, 10), 9)
    company = script.account(world.operators[PLATFORM].company, begin)
    loans, people = [], []
    for n in range(rng.randint(4, 5)):
        at = begin + DAY * (1 + 4 * n)
        borrower = script.person(at - 9 * HOUR)
        amount = rng.randrange(60_000, 150_000, 10_000) * YUAN
        loan = script.lend(at, borrower, amount, script.persons(5, at - 8 * HOUR), rate="0.1", months=6)
        account = script.account(borrower, at)
        for month in (1, 2):
            when = loan.began + MONTH * month - HOUR * rng.uniform(2, 20)
            script.transfer(when, account, company, loan.interest() + amount // rng.choice((6, 8, 10)))
        loans.append(loan)
        people.append(account)
    other, decoy = _passed_on(rng, world)
    record = Planted(
        "kept_repayments",
        "P15 partial repayments not passed on",
        "platform",
        (f"platform:{PLATFORM}", company.key, *(each.key for each in people), *(loan.key for loan in loans)),
        "借款人已向平台运营公司付款，平台未报送还款也未分给出借人",
        "borrowers pay the operating company, which reports no repayment and credits no lender",
        (loans[0].began + MONTH).date(),
        world.span.last,
    )
    return Plant(record, [*script.facts, *other.facts], [decoy])


def _passed_on(rng: Random, world: World) -> tuple[Script, Decoy]:
    """An honest platform collects through its company's account, and reports the repayment the same day."""
    script = Script(rng, world, "hengan", "KRD")
    begin = stage.moment(world, 15, 9)
    borrower = script.person(begin)
    company, account = (script.account(each, begin) for each in (world.operators["hengan"].company, borrower))
    loan = script.lend(begin + DAY, borrower, 60_000 * YUAN, script.persons(5, begin), months=2)
    for month in (1, 2):
        at = loan.began + MONTH * month - 10 * HOUR
        script.transfer(at, account, company, loan.interest() + (loan.left if month > 1 else 0))
        script.repay(at + 6 * HOUR, loan, loan.left if month > 1 else 0)
    return script, Decoy("P15", (loan.key, account.key), "代收后当日分给出借人", "collected and passed on the same day")
