"""Circular flow: money goes round through four to seven accounts, each keeping a little, and comes home."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from ops.simulator.city import PAYMENTS
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World


def plant(rng: Random, world: World) -> Plant:
    """Two rounds over different accounts; beside them friends who split bills, whose sums have nothing in common."""
    script = Script(rng, world, PAYMENTS.id, "CY")
    begin = stage.moment(world, rng.uniform(12, 50), 9)
    keys = []
    for _ in range(2):
        ring = script.persons(rng.randint(4, 7), begin)
        amount, at = rng.randint(40, 120) * 1_000 * YUAN, begin + DAY
        for payer, payee in pairwise([*ring, ring[0]]):
            at += HOUR * rng.uniform(4, 36)
            script.transfer(at, payer, payee, amount)
            amount = amount * rng.randint(93, 98) // 100
        keys += [each.key for each in ring]
    friends = script.persons(3, begin)
    for payer, payee, yuan in zip(friends, (*friends[1:], friends[0]), (900, 60, 310), strict=True):
        script.transfer(begin + DAY * rng.uniform(1, 20), payer, payee, yuan * YUAN)
    record = Planted(
        "cycles",
        "I06 circular flow: between accounts",
        "laundering",
        tuple(keys),
        "资金经四到七个账户循环一圈回到起点",
        "money runs in a circle over four to seven accounts",
        (begin + DAY).date(),
        (begin + 14 * DAY).date(),
    )
    decoy = Decoy("I06", tuple(each.key for each in friends), "朋友间分摊账单", "friends who split bills")
    return Plant(record, script.facts, [decoy])
