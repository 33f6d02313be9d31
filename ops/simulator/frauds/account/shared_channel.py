"""Sybils: fourteen accounts, one device and one address behind all of them, lift one campaign over its goal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from ops.simulator import campaigns, people, reward
from ops.simulator.campaigns import Backing
from ops.simulator.frauds import stage
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World

SYBILS = 14


def plant(rng: Random, world: World) -> Plant:
    """Accounts registered within hours; each has its own payment card, as bought identities have."""
    begin = stage.moment(world, 20, 9)
    issuer = stage.company(rng, "huizhong", "EC", begin)
    plan = stage.reward_plan(rng, "SC-0001", issuer, begin + timedelta(hours=3), days=20, goal=15_000 * YUAN)
    device, address = f"dev-{rng.getrandbits(40):010x}", f"ip-{rng.getrandbits(32):08x}"
    sybils = [
        replace(each, channel={**each.channel, "device": device, "ip": address})
        for each in stage.newcomers(rng, "huizhong", SYBILS, "SC", begin + timedelta(hours=4))
    ]
    backers = stage.audience(rng, world, plan, 18, reward.TIERS)
    for each in sybils:
        at = plan.opened + timedelta(hours=rng.randint(12, 70), seconds=rng.randint(0, 3_000))
        backers.append(Backing(at, each, rng.choice((499, 899, 1_280)) * YUAN))
    facts = [*people.registrations([issuer, *sybils]), *campaigns.life(rng, plan, backers)]
    record = Planted(
        "shared_channel",
        "I01 sybil investors",
        "identity",
        (plan.key, *(each.key for each in sybils)),
        f"{SYBILS} 个新账户共用同一设备和 IP，支持同一项目",
        f"{SYBILS} new accounts behind one device and one address back one campaign",
        begin.date(),
        (plan.opened + timedelta(hours=71)).date(),
    )
    couple = [
        replace(each, channel={**each.channel, "device": f"dev-home-{rng.getrandbits(24):06x}"})
        for each in stage.newcomers(rng, "huizhong", 1, "SCD", begin)
    ]
    (spouse,) = stage.newcomers(rng, "huizhong", 1, "SCE", begin)
    home = {name: couple[0].channel[name] for name in ("device", "ip")}
    couple.append(replace(spouse, channel={**spouse.channel, **home}))
    other = stage.reward_plan(rng, "SCD-0001", issuer, begin + timedelta(hours=4), days=20, goal=4_000 * YUAN)
    gifts = stage.audience(rng, world, other, 40, reward.TIERS)
    gifts += [
        Backing(other.opened + timedelta(days=3, minutes=9 * n), each, 99 * YUAN) for n, each in enumerate(couple)
    ]
    facts += [*people.registrations(couple), *campaigns.life(rng, other, gifts)]
    decoy = Decoy("I01", tuple(each.key for each in couple), "共用一台电脑的夫妻", "a couple who share a computer")
    return Plant(record, facts, [decoy])
