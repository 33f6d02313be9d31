"""Change of control: a stranger buys the platform, signs for it, moves its money to another bank; then rates go up."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, Script
from ops.simulator.model import Decoy, Plant, Planted, World

PLATFORM = "xinrui"


def plant(rng: Random, world: World) -> Plant:
    """The higher rates are those of `implausible_returns`, on the same platform, some weeks later."""
    script = Script(rng, world, PLATFORM, "CC")
    at = stage.moment(world, rng.uniform(17, 23), 10)
    company = world.operators[PLATFORM].company
    buyer, officer = script.persons(2, at)
    script.relate(at + DAY, buyer, company, "owner", rng.choice(("0.7", "0.85")))
    script.relate(at + 2 * DAY, officer, company, "officer")
    bank = at + DAY * rng.uniform(8, 12)
    quiet = Script(rng, world, "hengan", "CCD")
    heir = quiet.person(stage.moment(world, 40, 10))
    quiet.relate(heir.joined + DAY, heir, world.operators["hengan"].company, "officer")
    record = Planted(
        "change_of_control",
        "P19 sudden change of control",
        "platform",
        (f"platform:{PLATFORM}", company.key, buyer.key, officer.key),
        "控股股东和负责人更换后，存管银行更换，利率翻倍",
        "after owner and officer change, the custody bank changes and rates double",
        at.date(),
        world.span.last,
    )
    zh, en = "正常的负责人更替，其后无异常", "a new officer takes office, and nothing else changes"
    decoy = Decoy("P19", ("platform:hengan", heir.key), zh, en)
    return Plant(record, [*script.facts, *quiet.facts], [decoy], new_bank_from={PLATFORM: bank})
