"""Implausible returns: rates twice the market's on most of what is lent, and listings that are full within a minute."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World

PLATFORM = "xinrui"


def plant(rng: Random, world: World) -> Plant:
    """Teaser listings of a few weeks' standing, snapped up by robots in seconds."""
    script = Script(rng, world, PLATFORM, "IR")
    begin = stage.moment(world, rng.uniform(37, 42), 9)
    lenders = script.persons(24, begin - DAY)
    loans = []
    for n in range(rng.randint(18, 24)):
        at = begin + DAY * (1.7 * n + rng.uniform(0, 1))
        amount = rng.randrange(150_000, 300_000, 10_000) * YUAN
        rate = f"{rng.uniform(0.19, 0.26):.3f}"
        firm = script.firm(at - DAY)
        loan = script.lend(at, firm, amount, rng.sample(lenders, 8), rate=rate, months=1, fills_in=0.9)
        script.repay_on_time(loan, 1)
        loans.append(loan)
    other, decoy = _welcome(rng, world)
    record = Planted(
        "implausible_returns",
        "P12 implausible returns",
        "platform",
        (f"platform:{PLATFORM}", *(loan.key for loan in loans)),
        f"{len(loans)} 个年化 19%–26% 的标在一分钟内秒满",
        f"{len(loans)} listings at 19 to 26 % a year, each full within a minute",
        begin.date(),
        world.span.last,
        also=("P13",),  # above four times the prime rate, too
    )
    return Plant(record, [*script.facts, *other.facts], [decoy])


def _welcome(rng: Random, world: World) -> tuple[Script, Decoy]:
    """One welcome offer, a little above the market, is full within the minute."""
    script = Script(rng, world, "hengan", "IRD")
    begin = stage.moment(world, 33, 9)
    lenders = script.persons(6, begin)
    loan = script.lend(begin + DAY, script.person(begin), 30_000 * YUAN, lenders, rate="0.12", months=1, fills_in=0.9)
    script.repay_on_time(loan, 1)
    return script, Decoy("P12", ("platform:hengan", loan.key), "一个新手标", "a single welcome offer")
