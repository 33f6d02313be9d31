"""Fan-in: strangers who never paid it before feed one account, which is emptied within a day or two."""

from __future__ import annotations

from random import Random

from ops.simulator.city import PAYMENTS
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World


def plant(rng: Random, world: World) -> Plant:
    """A funnel and its owner; beside it a new shop, which has as many customers and keeps its takings."""
    script = Script(rng, world, PAYMENTS.id, "FI")
    begin = stage.moment(world, rng.uniform(15, 45), 9)
    funnel, owner, shop, landlord = script.persons(4, begin)
    payers = script.persons(rng.randint(13, 20), begin)
    total, at = 0, begin + DAY
    for n, each in enumerate(payers):
        at += HOUR * rng.uniform(4, 20)
        amount = rng.randint(30, 90) * 100 * YUAN
        script.transfer(at, each, funnel, amount)
        total += amount
        if n % 5 == 4 or n == len(payers) - 1:
            script.transfer(at + HOUR * rng.uniform(5, 30), funnel, owner, total * rng.randint(90, 97) // 100)
            total = 0
    for each in script.persons(12, begin):
        script.transfer(begin + DAY * rng.uniform(1, 20), each, shop, rng.randint(3, 60) * 10 * YUAN)
    script.transfer(begin + 25 * DAY, shop, landlord, 500 * YUAN)
    record = Planted(
        "fan_in",
        "I04 fan-in",
        "laundering",
        (funnel.key, owner.key, *(each.key for each in payers)),
        f"{len(payers)} 名首次付款人汇入一个账户，一两天内转出",
        f"{len(payers)} first-time payers feed one account, which is emptied within days",
        (begin + DAY).date(),
        (at + 2 * DAY).date(),
    )
    return Plant(record, script.facts, [Decoy("I04", (shop.key,), "新开小店的顾客付款", "the customers of a new shop")])
