"""Layered stack: three layers of accounts, where everybody of one pays nearly everybody of the next."""

from __future__ import annotations

from random import Random

from ops.simulator.city import PAYMENTS
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Plant, Planted, World


def plant(rng: Random, world: World) -> Plant:
    """Layer by layer, days apart; what a layer received it passes on but for a few per cent."""
    script = Script(rng, world, PAYMENTS.id, "LS")
    begin = stage.moment(world, rng.uniform(10, 50), 9)
    layers = [script.persons(rng.randint(3, 4), begin) for _ in range(3)]
    held = {each.id: rng.randint(30, 60) * 1_000 * YUAN for each in layers[0]}
    for step in range(2):
        passed = dict.fromkeys((each.id for each in layers[step + 1]), 0)
        for payer in layers[step]:
            for payee in layers[step + 1]:
                part = held[payer.id] * rng.randint(88, 97) // 100 // len(layers[step + 1])
                script.transfer(begin + DAY * (1 + 3 * step) + HOUR * rng.uniform(0, 48), payer, payee, part)
                passed[payee.id] += part
        held = passed
    record = Planted(
        "layered_stack",
        "I08 layered stack",
        "laundering",
        tuple(each.key for layer in layers for each in layer),
        "三层账户之间逐层全互转",
        "three layers of accounts, each paying all of the next",
        (begin + DAY).date(),
        (begin + 8 * DAY).date(),
    )
    return Plant(record, script.facts)
