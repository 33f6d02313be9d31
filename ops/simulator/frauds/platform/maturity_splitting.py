"""Maturity splitting: one long project lives on a chain of one-month listings, each of which repays the one before."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, MONTH, Lent, Script
from ops.simulator.model import YUAN, Data, Decoy, Plant, Planted, World

PLATFORM = "dingli"


def plant(rng: Random, world: World) -> Plant:
    """Same borrower, same building as collateral, same purpose, same amount; no money but the next listing's."""
    script = Script(rng, world, PLATFORM, "MS")
    at = stage.moment(world, rng.uniform(3, 6), 9)
    borrower = script.firm(at - 2 * DAY)
    amount = rng.randrange(150_000, 300_000, 10_000) * YUAN
    project: Data = {
        "purpose": f"{borrower.district}商业综合体二期建设",
        "collateral": {"kind": "property", "value": amount * 2},
        "fingerprint": f"fp-{rng.getrandbits(48):012x}",
        "industry": "新能源",
    }
    loans: list[Lent] = []
    for _ in range(3):
        lenders = script.persons(rng.randint(7, 10), at - 8 * HOUR)
        loan = script.lend(at, borrower, amount, lenders, rate="0.1", months=1, **project)
        if loans:
            script.repay(loan.began + HOUR * rng.uniform(1, 6), loans[-1], amount)
        loans.append(loan)
        at = loan.began + MONTH - DAY * rng.uniform(0.8, 1.6)
    other, decoy = _seasonal(rng, world)
    record = Planted(
        "maturity_splitting",
        "P06 maturity splitting",
        "platform",
        (f"platform:{PLATFORM}", borrower.key, *(loan.key for loan in loans)),
        f"同一项目拆成 {len(loans)} 个一月标，后一标兑付前一标",
        f"one project on {len(loans)} one-month listings, each repaid out of the next",
        loans[1].began.date(),
        world.span.last,
    )
    return Plant(record, [*script.facts, *other.facts], [decoy])


def _seasonal(rng: Random, world: World) -> tuple[Script, Decoy]:
    """A farm borrows for seed, repays, and five weeks later borrows for harvest."""
    script = Script(rng, world, "hengan", "MSD")
    begin = stage.moment(world, 4, 9)
    farm = script.firm(begin)
    lenders = script.persons(8, begin)
    seed = script.lend(begin + DAY, farm, 60_000 * YUAN, lenders, months=1, purpose="购买种子化肥")
    script.repay_on_time(seed, 1)
    harvest = script.lend(seed.began + MONTH + 36 * DAY, farm, 80_000 * YUAN, lenders, months=3, purpose="秋收用工")
    return script, Decoy(
        "P06", (farm.key, seed.key, harvest.key), "农场季节性借款两次", "a farm borrows twice a season"
    )
