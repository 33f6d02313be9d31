"""Immediate withdrawal: a three-day appeal, paid out within hours, and out of the organiser's account the same day."""

from __future__ import annotations

from datetime import datetime
from random import Random

from ops.simulator import campaigns, donation, people
from ops.simulator.campaigns import Plan
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Decoy, Fact, Party, Plant, Planted, World

PLATFORM = "aixin"


def plant(rng: Random, world: World) -> Plant:
    """Nothing is ever bought with it; the honest organiser pays three suppliers over the following weeks."""
    script = Script(rng, world, PLATFORM, "IM")
    begin = stage.moment(world, rng.uniform(18, 40), 9)
    taker, honest = script.firm(begin), script.firm(begin + HOUR)
    plan, raised, closed = _appeal(script, taker, "IM-0001")
    friend = script.person(begin)
    source, private = script.account(taker, begin), script.account(friend, begin)
    cash = raised // 10
    paid_at = closed + HOUR * rng.uniform(1, 2)
    script.say(paid_at, "funds.released", campaign=plan.id, amount=raised - cash)
    script.say(paid_at + HOUR, "funds.released", campaign=plan.id, amount=cash, to=friend.id)
    gone = closed + HOUR * rng.uniform(4, 8)
    script.transfer(gone, source, private, (raised - cash) * rng.randint(96, 99) // 100)
    good, given, ended = _appeal(script, honest, "IMD-0001")
    paid = ended + 3 * DAY
    script.say(paid, "funds.released", campaign=good.id, amount=given)
    shop = script.account(honest, begin)
    for n in range(3):
        supplier = script.account(script.firm(begin), begin)
        script.transfer(paid + DAY * (4 + 6 * n), shop, supplier, given * 3 // 10)
    record = Planted(
        "immediate_withdrawal",
        "C05 immediate withdrawal",
        "issuer",
        (plan.key, taker.key, friend.key, source.key, private.key),
        "三天募得的善款数小时内拨付并当日全部转入个人账户",
        "what a three-day appeal raised is paid out in hours and moved to a private account the same day",
        closed.date(),
        world.span.last,
    )
    zh, en = "善款按进度支付给供应商", "an organiser who pays suppliers as work goes on"
    return Plant(record, script.facts, [Decoy("C05", (good.key, honest.key, shop.key), zh, en)])


def _appeal(script: Script, issuer: Party, name: str) -> tuple[Plan, int, datetime]:
    """A short appeal to newcomers; what it raised, and when it closed."""
    rng, opened = script.rng, issuer.joined + 2 * HOUR
    plan = Plan(PLATFORM, name, "donation", issuer, "紧急医疗救助", 60_000 * YUAN, opened, opened + 3 * DAY,
                funding="keep_what_you_raise", fee_bp=0, topic={"category": "医疗救助"})  # fmt: skip
    donors = stage.newcomers(rng, PLATFORM, 44, f"{name[:-5]}-P", issuer.joined)
    gifts = [
        stage.backing(opened + HOUR * rng.uniform(46, 69), each, rng.choice(donation.TIERS) * 50) for each in donors
    ]
    story: list[Fact] = [*people.registrations(donors), *campaigns.life(rng, plan, gifts)]
    raised = stage.in_escrow(story)
    script.facts += stage.without(story, "funds.released")
    return plan, raised, stage.closing(story)
