"""A firm raises equity in three rounds within ten weeks; together far more than anybody may raise in a year."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from ops.simulator import campaigns, people
from ops.simulator.campaigns import Backing, Plan
from ops.simulator.frauds import stage
from ops.simulator.model import YUAN, Plant, Planted, World

ROUNDS = 3
TICKETS = tuple(yuan * YUAN for yuan in (100_000, 150_000, 200_000, 300_000))
RAISED = 4_200_000 * YUAN  # at least, in each round


def plant(rng: Random, world: World) -> Plant:
    """Wealthy newcomers, thirty of them, and ordinary investors beside them."""
    begin = stage.moment(world, 4, 9)
    issuer = stage.company(rng, "qihang", "RC", begin)
    rich = stage.newcomers(rng, "qihang", 30, "RC-P", begin)
    facts = [*people.registrations([issuer, *rich]), *(people.declared(rng, each) for each in rich)]
    keys = []
    for n in range(ROUNDS):
        opened = stage.moment(world, 6 + 22 * n, 9)
        deadline = stage.moment(world, 26 + 22 * n, 18)
        topic = {"industry": "新能源"}
        title = f"新能源储能 {n + 1} 期"
        plan = Plan("qihang", f"RC-{n:04d}", "equity", issuer, title, RAISED, opened, deadline, topic=topic, fee_bp=300)
        backers = stage.audience(rng, world, plan, 15, (10_000 * YUAN, 20_000 * YUAN))
        raised = 0
        while raised < RAISED:
            at = opened + timedelta(seconds=rng.randrange(int(plan.length.total_seconds() * 0.9)))
            backers.append(Backing(at, rng.choice(rich), rng.choice(TICKETS)))
            raised += backers[-1].amount
        facts += campaigns.life(rng, plan, backers)
        keys.append(plan.key)
    record = Planted(
        "raise_over_cap",
        "C08 raise limit breach",
        "limits",
        (issuer.key, *keys),
        f"同一发行人 12 个月内 {ROUNDS} 轮共募集超过 1260 万元",
        f"one issuer raises more than CNY 12.6 million in {ROUNDS} rounds within twelve months",
        begin.date(),
        world.span.last,
    )
    return Plant(record, facts)
