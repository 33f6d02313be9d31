"""Self-financing: the platform's own officer borrows from its investors through two firms that he controls."""

from __future__ import annotations

from datetime import datetime
from random import Random

from ops.simulator import city
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Lent, Script
from ops.simulator.model import YUAN, Decoy, Party, Plant, Planted, World

PLATFORM = "dingli"


def plant(rng: Random, world: World) -> Plant:
    """Officer, his firm, its daughter: one step and two steps from the platform. They pay interest and nothing else."""
    script = Script(rng, world, PLATFORM, "SF")
    begin = stage.moment(world, rng.uniform(4, 9), 9)
    officer = world.operators[PLATFORM].officer
    firm, daughter = script.firm(begin), script.firm(begin + HOUR)
    script.relate(begin + 3 * HOUR, officer, firm, "owner", rng.choice(("0.6", "0.75", "1")))
    script.relate(begin + 3 * HOUR, firm, daughter, "owner", "0.51")
    lenders = script.persons(rng.randint(16, 24), begin)
    loans = [_borrow(script, begin + DAY * (2 + 7 * n + rng.uniform(0, 3)), n, (firm, daughter), lenders)
             for n in range(rng.randint(4, 5))]  # fmt: skip
    other, decoy = _small_share(rng, world)
    record = Planted(
        "self_financing",
        "P01 self-financing",
        "platform",
        (f"platform:{PLATFORM}", firm.key, daughter.key, *(loan.key for loan in loans)),
        f"平台负责人控制的两家企业在本平台借款 {len(loans)} 笔",
        f"two firms that the platform's officer controls borrow on it {len(loans)} times",
        loans[0].began.date(),
        world.span.last,
    )
    return Plant(record, [*script.facts, *other.facts], [decoy])


def _borrow(script: Script, at: datetime, n: int, firms: tuple[Party, ...], lenders: list[Party]) -> Lent:
    amount = script.rng.randrange(130_000, 190_000, 10_000) * YUAN
    purpose = script.rng.choice(city.PURPOSES)
    loan = script.lend(at, firms[n % 2], amount, script.rng.sample(lenders, 9), rate="0.105", months=6, purpose=purpose)
    script.repay_on_time(loan, 6)
    return loan


def _small_share(rng: Random, world: World) -> tuple[Script, Decoy]:
    """An officer of an honest platform holds five per cent of a firm that borrows there once, and pays back."""
    script = Script(rng, world, "hengan", "SFD")
    begin = stage.moment(world, 12, 10)
    firm = script.firm(begin)
    script.relate(begin + HOUR, world.operators["hengan"].officer, firm, "owner", "0.05")
    loan = script.lend(begin + DAY, firm, 60_000 * YUAN, script.persons(8, begin), months=2)
    script.repay_on_time(loan, 2)
    zh, en = "平台负责人持股 5% 的企业正常借款", "a firm of which the officer holds five per cent borrows and repays"
    return script, Decoy("P01", (firm.key, loan.key), zh, en)
