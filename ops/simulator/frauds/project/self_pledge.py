"""Self-pledge: the issuer, its director and his wife put in the part of the goal that strangers did not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from ops.simulator import campaigns, people, reward
from ops.simulator.campaigns import Backing
from ops.simulator.frauds import stage
from ops.simulator.model import YUAN, Decoy, Fact, Plant, Planted, World


def plant(rng: Random, world: World) -> Plant:
    """The first money is the director's, the pivotal money at the end is the firm's own."""
    begin = stage.moment(world, 12, 9)
    issuer = stage.company(rng, "zhumeng", "SP", begin)
    director, wife = stage.newcomers(rng, "zhumeng", 2, "SP-P", begin)
    plan = stage.reward_plan(rng, "SP-0001", issuer, begin + timedelta(hours=5), days=18, goal=30_000 * YUAN)
    plan = replace(plan, minimum=10 * YUAN)
    backers = stage.audience(rng, world, plan, 70, reward.TIERS)
    for hours, who, yuan in ((1, director, 6_000), (9, wife, 4_000), (200, director, 5_000), (425, issuer, 16_000)):
        backers.append(Backing(plan.opened + timedelta(hours=hours), who, yuan * YUAN))
    related = [
        Fact(begin + timedelta(hours=2), issuer.source, "party.related", data)
        for data in (
            {"party": director.id, "to": issuer.id, "relation": "officer"},
            {"party": wife.id, "to": director.id, "relation": "family"},
        )
    ]
    facts = [*people.registrations([issuer, director, wife]), *related, *campaigns.life(rng, plan, backers)]
    record = Planted(
        "self_pledge",
        "C01 self-pledge",
        "issuer",
        (plan.key, issuer.key, director.key, wife.key),
        "发起人及其董事、家属认购自己的项目，并在最后补足目标",
        "issuer, director and his wife pledge to their own campaign and close the gap to its goal",
        begin.date(),
        plan.deadline.date(),
    )
    other, decoy = _family(rng, world)
    return Plant(record, [*facts, *other], [decoy])


def _family(rng: Random, world: World) -> tuple[list[Fact], Decoy]:
    """A brother gives as much as any stranger, to a campaign that does not need it."""
    begin = stage.moment(world, 16, 9)
    issuer = stage.company(rng, "zhumeng", "SPD", begin)
    owner, brother = stage.newcomers(rng, "zhumeng", 2, "SPD-P", begin)
    plan = stage.reward_plan(rng, "SPD-0001", issuer, begin + timedelta(hours=5), days=18, goal=4_000 * YUAN)
    backers = stage.audience(rng, world, plan, 60, reward.TIERS)
    backers.append(Backing(plan.opened + timedelta(days=6), brother, 199 * YUAN))
    related = [
        Fact(begin + timedelta(hours=2), issuer.source, "party.related", data)
        for data in (
            {"party": owner.id, "to": issuer.id, "relation": "owner", "share": "1"},
            {"party": brother.id, "to": owner.id, "relation": "family"},
        )
    ]
    facts = [*people.registrations([issuer, owner, brother]), *related, *campaigns.life(rng, plan, backers)]
    return facts, Decoy("C01", (plan.key,), "家属小额支持一次", "a brother backs the campaign with a small sum")
