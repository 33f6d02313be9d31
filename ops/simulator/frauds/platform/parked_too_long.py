"""Pledges to a campaign that the platform never reports: the ledger keeps waiting for it."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from ops.simulator import people
from ops.simulator.frauds import stage
from ops.simulator.model import CURRENCY, YUAN, Fact, Plant, Planted, World

PLEDGES = 4
CAMPAIGN = "Q-HIDDEN"


def plant(rng: Random, world: World) -> Plant:
    """Four investors, one campaign outside the books."""
    begin = stage.moment(world, 30, 10)
    investors = stage.newcomers(rng, "qihang", PLEDGES, "PK", begin)
    facts = list(people.registrations(investors))
    for n, each in enumerate(investors):
        amount = rng.randint(2, 9) * 10_000 * YUAN
        data = {"pledge": f"PK-{n}", "campaign": CAMPAIGN, "investor": each.id, "amount": amount, "currency": CURRENCY}
        facts.append(Fact(begin + timedelta(days=1, hours=n), each.source, "pledge.made", data))
    record = Planted(
        "parked_too_long",
        "P11 sequence hole",
        "reporting",
        (f"campaign:qihang/{CAMPAIGN}", *(each.key for each in investors)),
        f"{PLEDGES} 笔认购所指项目从未报送",
        f"{PLEDGES} pledges name a campaign that was never reported",
        begin.date(),
        world.span.last,
    )
    return Plant(record, facts)
