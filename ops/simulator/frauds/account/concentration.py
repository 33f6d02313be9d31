"""Concentration: five firms, each just below the cap for one borrower, come to owe most of what a platform has lent."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Plant, Planted, World

PLATFORM = "minxin"


def plant(rng: Random, world: World) -> Plant:
    """One large loan after the other, each of a year; the share of the largest borrowers rises for three months."""
    script = Script(rng, world, PLATFORM, "CO")
    begin = stage.moment(world, rng.uniform(2, 5), 9)
    lenders = script.persons(14, begin)
    for n, small in enumerate(script.persons(26, begin)):  # whom the platform was for, before
        amount = rng.randrange(30_000, 90_000, 5_000) * YUAN
        at = begin + HOUR * (14 + n)
        script.repay_on_time(script.lend(at, small, amount, rng.sample(lenders, 3), rate="0.1", months=12), 12)
    firms, loans = [], []
    for n in range(5):
        at = begin + DAY * (1 + 11 * n)
        firm = script.firm(at - 9 * HOUR)
        amount = rng.randrange(900_000, 990_000, 10_000) * YUAN
        loan = script.lend(at, firm, amount, rng.sample(lenders, 10), rate="0.1", months=12)
        script.repay_on_time(loan, 12)
        firms.append(firm)
        loans.append(loan)
    record = Planted(
        "concentration",
        "I13 concentration",
        "credit",
        (f"platform:{PLATFORM}", *(each.key for each in firms), *(loan.key for loan in loans)),
        "五家企业占平台待收余额的一半以上，且逐月上升",
        "five firms owe more than half of what the platform has lent, and more every month",
        loans[1].began.date(),
        world.span.last,
    )
    return Plant(record, script.facts)
