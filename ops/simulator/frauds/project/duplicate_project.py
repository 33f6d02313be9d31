"""Duplicate project: the same thing raised for on two platforms at once, under almost the same title."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from random import Random

from ops.simulator import campaigns, people, reward
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR
from ops.simulator.model import YUAN, Decoy, Fact, Plant, Planted, World

PLATFORMS = ("huizhong", "zhumeng")


def plant(rng: Random, world: World) -> Plant:
    """One owner, one text, two goals. Another owner runs two different things at the same time."""
    begin = stage.moment(world, rng.uniform(12, 26), 9)
    twins = _pair(rng, world, begin, "DP", ("星河折叠电动车 首发", "星河折叠电动车首发版"), same=True)
    others = _pair(rng, world, begin, "DPD", ("青禾手冲咖啡壶", "青禾桌面游戏"), same=False)
    keys = tuple(plan.key for plan in twins[0])
    record = Planted(
        "duplicate_project",
        "C07 duplicate project across platforms",
        "issuer",
        (*keys, *(plan.issuer.key for plan in twins[0])),
        "同一项目同时在两个平台募集",
        "one project raises on two platforms at the same time",
        (begin + 3 * DAY).date(),
        (begin + 25 * DAY).date(),
    )
    zh, en = "同一发起人在两个平台的两个不同项目", "two different things of one owner on two platforms"
    decoy = Decoy("C07", tuple(plan.key for plan in others[0]), zh, en)
    return Plant(record, [*twins[1], *others[1]], [decoy])


def _pair(
    rng: Random, world: World, begin: datetime, prefix: str, titles: tuple[str, str], *, same: bool
) -> tuple[list[campaigns.Plan], list[Fact]]:
    """Two campaigns of one owner, days apart."""
    owner = stage.company(rng, PLATFORMS[0], prefix, begin)
    fingerprint = f"fp-{rng.getrandbits(48):012x}"
    plans, told = [], []
    for n, (platform, title) in enumerate(zip(PLATFORMS, titles, strict=True)):
        issuer = owner.on(platform, begin + HOUR * n)
        opened = begin + DAY * (1 + 2 * n)
        plan = stage.reward_plan(rng, f"{prefix}-{n:04d}", issuer, opened, days=20, goal=9_000 * YUAN)
        mark = fingerprint if same else f"{fingerprint}{n}"
        plan = replace(plan, title=title, topic={"category": "科技", "fingerprint": mark})
        backers = stage.audience(rng, world, plan, rng.randint(25, 45), reward.TIERS)
        told += [*people.registrations([issuer]), *campaigns.life(rng, plan, backers)]
        plans.append(plan)
    return plans, told
