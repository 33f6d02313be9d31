"""Rigid redemption: whoever does not pay, the operating company does, on the day, and says beforehand that it will."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, MONTH, Lent, Script
from ops.simulator.model import YUAN, Decoy, Party, Plant, Planted, World

PLATFORM = "dingli"


def plant(rng: Random, world: World) -> Plant:
    """Borrowers who stop paying; the instalments of each come from the platform within hours of the due date."""
    script = Script(rng, world, PLATFORM, "RR")
    begin = stage.moment(world, rng.uniform(3, 8), 9)
    company = world.operators[PLATFORM].company
    loans = []
    for n in range(rng.randint(5, 7)):
        at = begin + DAY * (2 + 3 * n)
        lenders = script.persons(6, at - 5 * HOUR)
        amount = rng.randrange(60_000, 160_000, 10_000) * YUAN
        loan = script.lend(at, script.firm(at - 4 * HOUR), amount, lenders, rate="0.11", months=rng.choice((2, 3)))
        if n % 2 == 0:
            script.say(loan.began + HOUR, "guarantee.declared", loan=loan.id, guarantor=company.id, share="1")
        script.repay(loan.began + MONTH + HOUR * rng.uniform(1, 8), loan, 0, payer=company)
        script.repay(loan.began + 2 * MONTH + HOUR * rng.uniform(1, 8), loan, loan.amount, payer=company)
        loans.append(loan)
    other, decoy = _guarantor(rng, world)
    record = Planted(
        "rigid_redemption",
        "P05 rigid redemption",
        "platform",
        (f"platform:{PLATFORM}", company.key, *(loan.key for loan in loans)),
        f"{len(loans)} 笔借款到期由平台运营公司代为兑付，并事先承诺担保",
        f"the operating company pays {len(loans)} loans in their borrowers' place, and guarantees some beforehand",
        loans[0].began.date(),
        world.span.last,
    )
    return Plant(record, [*script.facts, *other.facts], [decoy])


def _guarantor(rng: Random, world: World) -> tuple[Script, Decoy]:
    """A guarantee firm that has nothing to do with the platform pays one instalment, as it promised to."""
    script = Script(rng, world, "hengan", "RRD")
    begin = stage.moment(world, 10, 9)
    guarantor: Party = script.firm(begin)
    loan: Lent = script.lend(begin + DAY, script.firm(begin), 90_000 * YUAN, script.persons(7, begin), months=2)
    script.say(loan.began + HOUR, "guarantee.declared", loan=loan.id, guarantor=guarantor.id, share="1")
    script.repay(loan.began + MONTH + 3 * DAY, loan, 0, payer=guarantor)
    script.repay(loan.began + 2 * MONTH - 5 * HOUR, loan, loan.amount)
    zh, en = "独立担保公司履行担保责任代偿一期", "an independent guarantor pays one instalment as promised"
    return script, Decoy("P05", (loan.key, guarantor.key), zh, en)
