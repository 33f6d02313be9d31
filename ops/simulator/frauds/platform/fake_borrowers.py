"""Fake borrowers: people registered days ago, all behind one device and one bank card, with almost the same purpose."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World

PLATFORM = "lutong"


def plant(rng: Random, world: World) -> Plant:
    """Bought identities; all of them repay on the day, from the same account, so that nobody looks closer."""
    script = Script(rng, world, PLATFORM, "FB")
    begin = stage.moment(world, rng.uniform(12, 22), 9)
    shared = {"device": f"dev-{rng.getrandbits(40):010x}", "payment": f"pay-{rng.getrandbits(40):010x}"}
    borrowers = script.persons(rng.randint(6, 9), begin, shared)
    lenders = script.persons(14, begin)
    street = rng.choice(("解放路", "人民路", "中山路", "建设路"))
    loans = []
    for n, each in enumerate(borrowers, start=1):
        at = begin + DAY * (1 + rng.uniform(0, 9))
        purpose = f"本人在{street}经营服装店，因店铺装修及进货需要资金周转，按月付息，到期还本，编号{n}"
        amount = rng.randrange(40_000, 90_000, 5_000) * YUAN
        loan = script.lend(at, each, amount, rng.sample(lenders, 5), rate="0.12", months=1, purpose=purpose)
        script.repay_on_time(loan, 1)
        loans.append(loan)
    other, decoy = _market_hall(rng, world)
    record = Planted(
        "fake_borrowers",
        "P08 fake borrowers",
        "platform",
        (f"platform:{PLATFORM}", *(each.key for each in borrowers), *(loan.key for loan in loans)),
        f"{len(borrowers)} 名新注册借款人共用设备和银行卡，借款用途几乎相同",
        f"{len(borrowers)} new borrowers share device and bank card, and almost the same words",
        begin.date(),
        world.span.last,
    )
    return Plant(record, [*script.facts, *other.facts], [decoy])


def _market_hall(rng: Random, world: World) -> tuple[Script, Decoy]:
    """Four traders of one market hall use its wireless network; each has another business and another card."""
    script = Script(rng, world, "hengan", "FBD")
    begin = stage.moment(world, 25, 9)
    traders = script.persons(4, begin, {"ip": f"ip-{rng.getrandbits(32):08x}"})
    lenders = script.persons(8, begin)
    for n, (each, purpose) in enumerate(
        zip(traders, ("水产进货", "修理铺换设备", "面馆装修", "五金店备货"), strict=True)
    ):
        at = begin + DAY * (16 + 3 * n)
        loan = script.lend(at, each, 30_000 * YUAN, lenders[:4], months=1, purpose=purpose)
        script.repay_on_time(loan, 1)
    keys = tuple(each.key for each in traders)
    return script, Decoy("P08", keys, "同一市场的四名商户共用网络", "four traders of one hall share its network")
