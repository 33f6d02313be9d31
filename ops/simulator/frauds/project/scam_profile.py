"""Scam profile: an owner of an hour's standing, unchecked and without a country, promises thirty per cent a year."""

from __future__ import annotations

from random import Random

from ops.simulator import campaigns, people, reward
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Decoy, Fact, Party, Plant, Planted, World

PLATFORM = "huizhong"


def plant(rng: Random, world: World) -> Plant:
    """Keeps whatever comes in, asks for a hundred times the usual, names no category and no place."""
    script = Script(rng, world, PLATFORM, "SM")
    begin = stage.moment(world, rng.uniform(25, 60), 11)
    owner = people.person(rng, 1, begin.replace(microsecond=0), "SM-X", PLATFORM)
    script.facts.append(Fact(owner.joined, owner.source, "party.registered", {"party": owner.id, "kind": "person"}))
    opened = (begin + HOUR * rng.uniform(0.4, 1.5)).replace(microsecond=0)
    plan = campaigns.Plan(
        PLATFORM, "SM-0001", "reward", owner, "稳赚不赔 内部渠道 限时", rng.randrange(2, 5) * 1_000_000 * YUAN,
        opened, opened + 10 * DAY, funding="keep_what_you_raise", topic={"promised_return": "0.30"},
    )  # fmt: skip
    story = list(campaigns.life(rng, plan, stage.audience(rng, world, plan, 8, reward.TIERS)))
    script.facts += [_nameless(fact) for fact in story]
    beginner = script.person(begin - 12 * DAY)
    script.say(beginner.joined + HOUR, "party.verified", party=beginner.id, method="face")
    first = stage.reward_plan(rng, "SMD-0001", beginner, beginner.joined + 6 * DAY, days=20, goal=8_000 * YUAN)
    script.facts += campaigns.life(rng, first, stage.audience(rng, world, first, 40, reward.TIERS))
    return Plant(_record(plan, owner), script.facts, [_beginner(first, beginner)])


def _nameless(fact: Fact) -> Fact:
    """The opening says as little as it may."""
    if fact.type != "campaign.opened":
        return fact
    return Fact(fact.at, fact.source, fact.type, {key: value for key, value in fact.data.items() if key != "region"})


def _record(plan: campaigns.Plan, owner: Party) -> Planted:
    zh = "注册一小时、未核验身份的发起人承诺年化 30% 回报，无类别无地区"
    en = "an unchecked owner, registered an hour before, promises thirty per cent a year"
    days = plan.opened.date(), plan.deadline.date()
    return Planted("scam_profile", "C11 scam profile at launch", "issuer", (plan.key, owner.key), zh, en, *days)


def _beginner(plan: campaigns.Plan, owner: Party) -> Decoy:
    return Decoy(
        "C11", (plan.key, owner.key), "身份已核验的首次发起人", "a first-time owner whose identity was checked"
    )
