"""Scatter-gather: one account pays several go-betweens, all of whom pay one other account; and the reverse."""

from __future__ import annotations

from datetime import datetime
from random import Random

from ops.simulator.city import PAYMENTS
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Decoy, Party, Plant, Planted, World


def plant(rng: Random, world: World) -> Plant:
    """Five to eight go-betweens; then a hub that gathers from as many and scatters to others."""
    script = Script(rng, world, PAYMENTS.id, "SG")
    begin = stage.moment(world, rng.uniform(10, 50), 9)
    source, sink, hub = script.persons(3, begin)
    middles, givers, takers = (script.persons(rng.randint(5, 8), begin) for _ in range(3))
    for each in middles:
        amount = rng.randint(80, 150) * 100 * YUAN
        at = begin + DAY + HOUR * rng.uniform(0, 60)
        script.transfer(at, source, each, amount)
        script.transfer(at + HOUR * rng.uniform(10, 90), each, sink, amount * rng.randint(90, 97) // 100)
    gathered = 0
    for each in givers:
        amount = rng.randint(60, 150) * 100 * YUAN
        gathered += amount
        script.transfer(begin + DAY * 2 + HOUR * rng.uniform(0, 60), each, hub, amount)
    for each in takers:
        part = gathered * rng.randint(88, 94) // 100 // len(takers)
        script.transfer(begin + DAY * 6 + HOUR * rng.uniform(0, 60), hub, each, part)
    family = _allowances(script, begin)
    record = Planted(
        "scatter_gather",
        "I07 scatter-gather",
        "laundering",
        tuple(each.key for each in (source, sink, hub, *middles, *givers, *takers)),
        "资金经多个中间账户分散后再集中，以及集中后再分散",
        "money is scattered over go-betweens and gathered again, and the other way round",
        (begin + DAY).date(),
        (begin + 10 * DAY).date(),
    )
    decoy = Decoy("I07", tuple(each.key for each in family), "父母给三个孩子生活费", "allowances for three children")
    return Plant(record, script.facts, [decoy])


def _allowances(script: Script, begin: datetime) -> list[Party]:
    """A mother pays three students, each of whom buys at the same canteen for a fraction of it."""
    mother, canteen, *children = script.persons(5, begin)
    for each in children:
        script.transfer(begin + DAY, mother, each, 2_000 * YUAN)
        script.transfer(begin + DAY * script.rng.uniform(3, 9), each, canteen, script.rng.randint(10, 30) * 10 * YUAN)
    return [mother, *children]
