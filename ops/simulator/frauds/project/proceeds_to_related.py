"""Proceeds to related parties: most of what a campaign raised ends with the director, his wife and his other firm."""

from __future__ import annotations

from datetime import datetime
from random import Random

from ops.simulator import campaigns, reward
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Decoy, Party, Plant, Planted, World

PLATFORM = "huizhong"


def plant(rng: Random, world: World) -> Plant:
    """More than half is released to director and other firm at once; of the rest most leaves within three weeks."""
    script = Script(rng, world, PLATFORM, "PT")
    begin = stage.moment(world, rng.uniform(10, 20), 9)
    issuer, other = script.firm(begin), script.firm(begin)
    director, wife = script.persons(2, begin)
    for party, to, relation in ((director, issuer, "officer"), (wife, director, "family")):
        script.relate(begin + HOUR, party, to, relation)
    script.relate(begin + HOUR, director, other, "owner", "0.9")
    key, raised, at = _raise(script, issuer, "PT-0001")
    own, aside = (raised * rng.randint(*share) // 100 for share in ((32, 40), (18, 25)))
    script.say(at, "funds.released", campaign="PT-0001", amount=own, to=director.id)
    script.say(at + HOUR, "funds.released", campaign="PT-0001", amount=aside, to=other.id)
    script.say(at + 2 * HOUR, "funds.released", campaign="PT-0001", amount=raised - own - aside)
    accounts = [script.account(each, begin) for each in (issuer, director, wife)]
    for n in range(rng.randint(3, 5)):
        script.transfer(at + DAY * (2 + 4 * n), accounts[0], accounts[1 + n % 2], raised * rng.randint(5, 8) // 100)
    decoy = _salary(script, begin)
    record = Planted(
        "proceeds_to_related",
        "C06 proceeds to related parties",
        "issuer",
        (key, issuer.key, other.key, director.key, wife.key, *(each.key for each in accounts)),
        "募集资金过半转给董事、其配偶及其控制的企业",
        "more than half of what was raised goes to the director, his wife and his other firm",
        at.date(),
        world.span.last,
    )
    return Plant(record, script.facts, [decoy])


def _raise(script: Script, issuer: Party, name: str) -> tuple[str, int, datetime]:
    """A campaign that succeeds: its key, what it raised after fees, and the day of payment."""
    plan = stage.reward_plan(script.rng, name, issuer, issuer.joined + 4 * HOUR, days=20, goal=3_000 * YUAN)
    backers = stage.audience(script.rng, script.world, plan, 70, tuple(tier * 3 for tier in reward.TIERS))
    story = list(campaigns.life(script.rng, plan, backers))
    script.facts += stage.without(story, "funds.released")
    return plan.key, stage.in_escrow(story), stage.closing(story) + 40 * HOUR


def _salary(script: Script, begin: datetime) -> Decoy:
    """Another director draws a salary, a twentieth of what was raised."""
    issuer, director = script.firm(begin), script.person(begin)
    script.relate(begin + HOUR, director, issuer, "officer")
    key, raised, at = _raise(script, issuer, "PTD-0001")
    script.say(at, "funds.released", campaign="PTD-0001", amount=raised)
    payer, payee = script.account(issuer, begin), script.account(director, begin)
    script.transfer(at + 10 * DAY, payer, payee, raised // 20)
    return Decoy("C06", (key, issuer.key, director.key), "董事的正常工资", "a director's salary")
