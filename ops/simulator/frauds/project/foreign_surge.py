"""Unusual receipts: a quiet appeal takes in fifty times as much in two days, from payers in countries it never saw."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from ops.simulator import campaigns, donation, people
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR
from ops.simulator.model import YUAN, Decoy, Fact, Party, Plant, Planted, World

PLATFORM = "aixin"
COUNTRIES = ("AE", "TR", "PK", "VN", "NG", "RU", "KZ")
LARGE, SMALL = (5_000, 8_000, 12_000, 20_000), (50, 100)  # yuan


def plant(rng: Random, world: World) -> Plant:
    """Large round gifts from abroad; beside it an appeal that goes round the city, with small gifts of many."""
    begin = stage.moment(world, rng.uniform(24, 44), 9)
    issuers = [stage.company(rng, PLATFORM, name, begin) for name in ("FS", "FSD")]
    abroad = stage.newcomers(rng, PLATFORM, rng.randint(18, 26), "FS-P", begin + 9 * DAY)
    neighbours = stage.newcomers(rng, PLATFORM, 40, "FSD-P", begin + 9 * DAY)
    plans: list[campaigns.Plan] = []
    told: list[Fact] = []
    for issuer, givers, sums in zip(issuers, (abroad, neighbours), (LARGE, SMALL), strict=True):
        plan = _appeal(issuer)
        gifts = stage.audience(rng, world, plan, 30, donation.TIERS)
        for each in givers:
            at = begin + 10 * DAY + HOUR * rng.uniform(0, 44)
            gifts.append(stage.backing(at, each, rng.choice(sums) * YUAN))
        told += campaigns.life(rng, plan, gifts)
        plans.append(plan)
    record = Planted(
        "foreign_surge",
        "C13 unusual receipts: from abroad",
        "issuer",
        (plans[0].key, issuers[0].key, *(each.key for each in abroad)),
        "两天内收款突增，付款人来自多个新国家",
        "in two days receipts jump, from payers in many new countries",
        (begin + 10 * DAY).date(),
        (begin + 12 * DAY).date(),
    )
    zh, en = "本地热心人的小额捐款高峰", "a wave of small gifts from the neighbourhood"
    facts = [*people.registrations([*issuers, *neighbours]), *(_foreign(rng, each) for each in abroad), *told]
    return Plant(record, facts, [Decoy("C13", (plans[1].key,), zh, en)])


def _appeal(issuer: Party) -> campaigns.Plan:
    """Three weeks, small gifts from the city."""
    opened = issuer.joined + 3 * HOUR
    return campaigns.Plan(
        PLATFORM, issuer.id, "donation", issuer, "古城区助学计划", 50_000 * YUAN, opened, opened + 20 * DAY,
        funding="keep_what_you_raise", fee_bp=0, topic={"category": "助学"},
    )  # fmt: skip


def _foreign(rng: Random, party: Party) -> Fact:
    """Registered as of another country."""
    fact = people.registered(party)
    data = {key: value for key, value in fact.data.items() if key != "region"}
    return replace(fact, data={**data, "country": rng.choice(COUNTRIES)})
