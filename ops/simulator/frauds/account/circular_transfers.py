"""Circular flow: a loan's proceeds leave the borrower, pass three accounts elsewhere and come back to its lender."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from ops.simulator import payments, people
from ops.simulator.city import PAYMENTS
from ops.simulator.clockwork import Clockwork
from ops.simulator.frauds import stage
from ops.simulator.lending import Desk, Loan
from ops.simulator.model import YUAN, Fact, Party, Plant, Planted, World
from ops.simulator.wallets import Wallets

AMOUNT = 120_000 * YUAN
ROUNDS = 2


def plant(rng: Random, world: World) -> Plant:
    """Twice the same circle: lender, borrower (on the lending platform), then two go-betweens at the payment firm."""
    begin = stage.moment(world, 22, 9)
    lender, borrower = stage.newcomers(rng, "rongda", 2, "CT", begin)
    there = [each.on(PAYMENTS.id, each.joined + timedelta(hours=1)) for each in (lender, borrower)]
    middles = stage.newcomers(rng, PAYMENTS.id, 2, "CT-M", begin)
    clock = Clockwork(world.span.end)
    wallets = Wallets(rng, clock, "CT-")
    desk = Desk(rng, "rongda", clock, wallets)
    loans = []
    moved: list[Fact] = []
    for n in range(ROUNDS):
        loan = Loan(f"CT-{n:04d}", borrower, AMOUNT // (n + 1), "0.068", 6, "interest_only", sure=True)
        at = begin + timedelta(days=1 + 20 * n)
        loans.append(loan)
        wallets.deposit_at(at - timedelta(hours=2), lender, loan.amount)
        _fund(clock, desk, loan, lender, at)
        path = [there[1], *middles, there[0], there[1]]
        moved += _circle(rng, path, at + timedelta(days=3), f"CT-{n}", loan.amount)
    facts = [*people.registrations([lender, borrower, *there, *middles]), *clock.run(), *moved]
    people_in_it = (lender, borrower, *there, *middles)
    record = Planted(
        "circular_transfers",
        "I06 circular flow",
        "laundering",
        (*(each.key for each in people_in_it), *(loan.key for loan in loans)),
        "贷款资金经多个账户转回出借人和借款人",
        "loan proceeds run in a circle over four accounts back to lender and borrower",
        begin.date(),
        (begin + timedelta(days=30)).date(),
    )
    return Plant(record, facts)


def _fund(clock: Clockwork, desk: Desk, loan: Loan, lender: Party, at: datetime) -> None:
    """One lender bids the whole of it, minutes after the listing."""
    desk.list_at(at, loan)
    clock.plan(at + timedelta(seconds=70), lambda when: desk.bid(when, loan, lender.id, loan.amount))


def _circle(rng: Random, path: Sequence[Party], at: datetime, name: str, amount: int) -> Iterator[Fact]:
    """Each hop hours after the last, each keeping a few per cent."""
    for hop, (payer, payee) in enumerate(pairwise(path)):
        at += timedelta(hours=rng.randint(5, 30))
        amount = amount * rng.randint(94, 98) // 100
        yield payments.transfer(at, f"{name}-{hop}", payer, payee, amount)
