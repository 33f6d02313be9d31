"""Payout to a listed country: what donors gave for a school goes to an organisation under a call for action."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random

from ops.simulator import campaigns, donation, people
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Decoy, Party, Plant, Planted, World

PLATFORM = "aixin"
LISTED = ("IR", "KP", "MM")  # FATF, high-risk jurisdictions subject to a call for action


def plant(rng: Random, world: World) -> Plant:
    """The payee was registered the week before; another appeal pays a charity in a country on no list."""
    script = Script(rng, world, PLATFORM, "LC")
    begin = stage.moment(world, rng.uniform(15, 40), 9)
    payee = _abroad(script, rng.choice(LISTED), begin)
    charity = _abroad(script, "JP", begin)
    key, closed = _appeal(script, "LC-0001", payee)
    honest, _ = _appeal(script, "LCD-0001", charity)
    record = Planted(
        "listed_country",
        "C14 high-risk region",
        "issuer",
        (key, payee.key),
        "善款拨付给高风险名单国家的机构",
        "an appeal's money is released to an organisation in a listed country",
        closed.date(),
        world.span.last,
    )
    zh, en = "拨付给普通国家慈善机构", "released to a charity in a country on no list"
    return Plant(record, script.facts, [Decoy("C14", (honest, charity.key), zh, en)])


def _abroad(script: Script, country: str, at: datetime) -> Party:
    """An organisation of another country."""
    party = script.firm(at)
    fact = script.facts.pop()
    data = {key: value for key, value in fact.data.items() if key != "region"}
    script.facts.append(replace(fact, data={**data, "country": country}))
    return party


def _appeal(script: Script, name: str, payee: Party) -> tuple[str, datetime]:
    """Two weeks of gifts, all of it released to `payee`."""
    issuer = script.firm(payee.joined)
    opened = issuer.joined + 3 * HOUR
    plan = campaigns.Plan(PLATFORM, name, "donation", issuer, "海外助学", 20_000 * YUAN, opened, opened + 14 * DAY,
                          funding="keep_what_you_raise", fee_bp=0, topic={"category": "助学"})  # fmt: skip
    donors = stage.newcomers(script.rng, PLATFORM, 5, f"{name[:-5]}-P", issuer.joined)
    gifts = stage.audience(script.rng, script.world, plan, 30, donation.TIERS)
    gifts += [stage.backing(opened + 3 * DAY, each, 500 * YUAN) for each in donors]
    story = list(campaigns.life(script.rng, plan, gifts))
    script.facts += [*people.registrations(donors), *stage.without(story, "funds.released")]
    closed = stage.closing(story)
    script.say(closed + 2 * DAY, "funds.released", campaign=name, amount=stage.in_escrow(story), to=payee.id)
    return plan.key, closed
