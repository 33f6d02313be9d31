"""Secondary-market wash: the same claim goes to and fro between two people of one household, dearer every time."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World

PLATFORM = "rongda"
CLAIM = 10_000 * YUAN


def plant(rng: Random, world: World) -> Plant:
    """Man and wife, one device; beside them two strangers, each of whom once sells the other another claim."""
    script = Script(rng, world, PLATFORM, "WT")
    begin = stage.moment(world, rng.uniform(12, 35), 9)
    shared = {"device": f"dev-{rng.getrandbits(40):010x}"}
    pair, strangers = script.persons(2, begin, shared), script.persons(2, begin)
    script.relate(begin + HOUR, pair[0], pair[1], "family")
    for each in (*pair, *strangers):
        script.deposit(begin + 2 * HOUR, each, 30_000 * YUAN)
    loan = script.lend(begin + DAY, script.firm(begin), 4 * CLAIM, [*pair, *strangers], months=6)
    other = script.lend(begin + DAY, script.firm(begin), 2 * CLAIM, strangers, months=6)
    price = 100
    for n in range(rng.randint(4, 6)):
        at = loan.began + DAY * (2 + 4 * n)
        price += rng.randint(1, 3)
        script.sell(at, loan, pair[n % 2], pair[1 - n % 2], CLAIM, f"{price / 100:.2f}")
    script.sell(loan.began + 5 * DAY, loan, strangers[0], strangers[1], CLAIM // 2, "0.99")
    script.sell(loan.began + 20 * DAY, other, strangers[1], strangers[0], CLAIM // 2, "0.98")
    record = Planted(
        "wash_trade",
        "I14 secondary-market wash",
        "collusion",
        (*(each.key for each in pair), loan.key),
        "同一债权在夫妻二人之间反复转让、价格逐次抬高",
        "one claim goes to and fro between man and wife at rising prices",
        begin.date(),
        (loan.began + 26 * DAY).date(),
    )
    zh, en = "两名投资人互相买入不同债权", "two investors who each sell the other a different claim"
    return Plant(record, script.facts, [Decoy("I14", tuple(each.key for each in strangers), zh, en)])
