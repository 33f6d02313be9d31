"""Rate cap breach: twelve per cent on paper, and fees in front that carry the loan far over the cap."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World


def plant(rng: Random, world: World) -> Plant:
    """Short loans; eight to eleven per cent of each is taken as a service fee on the day of payment."""
    script = Script(rng, world, "anjie", "RX")
    begin = stage.moment(world, rng.uniform(8, 20), 9)
    lenders = script.persons(12, begin)
    loans = []
    for n in range(rng.randint(4, 6)):
        at = begin + DAY * (1 + 4 * n)
        amount = rng.randrange(20_000, 60_000, 1_000) * YUAN
        loan = script.lend(at, script.person(at - HOUR * 9), amount, rng.sample(lenders, 4), rate="0.12", months=2)
        fee = amount * rng.randint(8, 11) // 100
        script.say(loan.began + HOUR, "fee.charged", loan=loan.id, amount=fee, payer="borrower")
        script.repay_on_time(loan, 2)
        loans.append(loan)
    modest = script.lend(begin + 9 * DAY, script.person(begin), 50_000 * YUAN, lenders[:5], rate="0.11", months=6)
    script.say(modest.began + HOUR, "fee.charged", loan=modest.id, amount=modest.amount // 200, payer="borrower")
    script.repay_on_time(modest, 6)
    record = Planted(
        "rate_over_cap",
        "P13 rate cap breach",
        "limits",
        tuple(loan.key for loan in loans),
        f"{len(loans)} 笔借款加上服务费后实际年利率超过四倍 LPR",
        f"with their fees {len(loans)} loans cost more than four times the prime rate",
        loans[0].began.date(),
        world.span.last,
    )
    zh, en = "收费合理、总成本低于上限的借款", "a loan with a fee that stays below the cap"
    return Plant(record, script.facts, [Decoy("P13", (modest.key,), zh, en)])
