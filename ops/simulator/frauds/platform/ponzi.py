"""Ponzi: old investors are paid out of what new ones bring the same day; borrowers return next to nothing."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, MONTH, Lent, Script
from ops.simulator.model import YUAN, Decoy, Party, Plant, Planted, World

PLATFORM = "fuying"
Claims = deque[tuple[Lent, Party, int]]
LEAST = 2_000 * YUAN


def plant(rng: Random, world: World) -> Plant:
    """Day after day newcomers pay in; most of it buys old claims at a gain, the rest goes to three invented firms."""
    script = Script(rng, world, PLATFORM, "PZ")
    begin = stage.moment(world, 0, 8)
    firms = [script.firm(begin) for _ in range(3)]
    claims: Claims = deque()
    growth, first = rng.uniform(1.008, 1.014), rng.randint(18, 26) * 1_000
    for n in range(world.span.days):
        wave = rng.uniform(0.55, 1.6)  # good days and bad days, and payouts follow them
        brought = round(first * growth**n * wave / 100) * 100 * YUAN
        _day(script, begin + DAY * n, n, firms, claims, brought)
    other, decoy = _growing(rng, world)
    record = Planted(
        "ponzi",
        "P09 Ponzi signature",
        "platform",
        (f"platform:{PLATFORM}", *(firm.key for firm in firms)),
        "兑付主要来自当日新投资人资金，借款人几乎不还款",
        "payouts come from the same day's new money; borrowers repay next to nothing",
        stage.day(world, 14),
        world.span.last,
        also=("P04",),  # what newcomers are sold is in arrears
    )
    return Plant(record, [*script.facts, *other.facts], [decoy])


def _day(script: Script, morning: datetime, n: int, firms: list[Party], claims: Claims, brought: int) -> None:
    """One day's newcomer: his money buys the oldest claims at 101, and what is left over becomes a new loan."""
    newcomer = script.person(morning)
    script.deposit(morning + HOUR, newcomer, brought)
    left, share = brought, script.rng.uniform(0.78, 0.88)
    while n > 10 and claims and left > brought * (1 - share) + LEAST:
        loan, holder, held = claims.popleft()
        sold = min(held, round((left - brought * (1 - share)) / 1.01 / (100 * YUAN)) * 100 * YUAN)
        at = morning + HOUR * script.rng.uniform(2, 4)
        script.sell(at, loan, holder, newcomer, sold, "1.01")
        script.withdraw(at + HOUR * 0.2, holder, sold * 101 // 100, hours=script.rng.uniform(1, 4))
        left -= sold * 101 // 100
        if held > sold:
            claims.appendleft((loan, holder, held - sold))
        claims.append((loan, newcomer, sold))
    amount = left // (100 * YUAN) * (100 * YUAN)
    loan = script.lend(
        morning + 10 * HOUR, firms[n % 3], amount, [newcomer], rate="0.14", months=6, fund=False, fills_in=50
    )
    claims.append((loan, newcomer, amount))
    if n % 6 == 0:
        script.repay(loan.began + MONTH, loan, 0)


def _growing(rng: Random, world: World) -> tuple[Script, Decoy]:
    """A platform that grows as fast, and whose loans are repaid."""
    script = Script(rng, world, "hengan", "PZD")
    for n in range(24):
        at = stage.moment(world, 6 + 3 * n, 9)
        lenders = script.persons(1 + n // 6, at)
        loan = script.lend(at + 3 * HOUR, script.person(at), (10 + n) * 2_000 * YUAN, lenders, months=1)
        script.repay_on_time(loan, 1)
        for each in lenders[::2]:
            script.withdraw(loan.began + MONTH + HOUR * 20, each, loan.bids[each.id] // 2)
    return script, Decoy(
        "P09", ("platform:hengan",), "快速增长、正常回款的平台", "a growing platform with loans repaid"
    )
