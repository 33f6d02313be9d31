"""Equity campaigns: few investors, large tickets, documents on file, sometimes a material change on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

from ops.simulator import campaigns, city
from ops.simulator.campaigns import Plan
from ops.simulator.model import YUAN, Fact, World, rounded

TIERS = tuple(yuan * YUAN for yuan in (10_000, 5_000, 20_000, 30_000, 2_000, 80_000))
BACKERS = 38
AMENDED = 0.2


def facts(rng: Random, world: World) -> Iterator[Fact]:
    """All equity campaigns, with what their issuers file. An issuer raises once in these days."""
    for platform in city.PLATFORMS:
        if "equity" in platform.kinds:
            number = world.count(platform.campaigns)
            issuers = [each for each in world.owners[platform.id] if each.kind == "organisation"]
            for n in range(number):
                plan, backers = _plan(rng, world, platform, n, number)
                plan = replace(plan, issuer=issuers[n % len(issuers)])
                story = list(campaigns.life(rng, plan, campaigns.backings(rng, world, plan, backers, TIERS)))
                yield from story
                yield from _documents(rng, plan)
                if rng.random() < AMENDED:
                    yield from _amended(rng, plan, story)


def _plan(rng: Random, world: World, platform: city.Platform, n: int, number: int) -> tuple[Plan, int]:
    """A plan and how many investors it will draw; openings are spread over the days."""
    opened = world.span.at(0.4 + (world.span.days - 15) * n / number, rng.uniform(0, 10))
    backers = max(5, round(rng.lognormvariate(0, 0.4) * BACKERS))
    goal = max(100_000 * YUAN, rounded(backers * 11_000 * YUAN * rng.uniform(0.4, 1.2), 10_000))
    industry = rng.choice(city.INDUSTRIES)
    plan = Plan(
        platform.id,
        f"Q-{n:04d}",
        "equity",
        world.owners[platform.id][0],
        f"{industry}项目 {n + 1} 期",
        goal,
        opened,
        opened + timedelta(days=rng.randint(20, 45)),
        minimum=1_000 * YUAN,
        cap=goal * 2,
        fee_bp=300,
        collect_after=(3_600, 6 * 86_400),  # subscription forms are signed on paper
        topic={"industry": industry, "promised_return": rng.choice(("0.06", "0.08", "0.10"))},
    )
    return plan, backers


def _documents(rng: Random, plan: Plan) -> Iterator[Fact]:
    """The offering document on the first day, an accounts extract two weeks later."""
    revenue = rng.randint(50, 900) * 10_000 * YUAN
    about = {"kind": "campaign", "id": plan.id}
    for n, (category, days) in enumerate((("offering", 0), ("accounts", 14))):
        figures = {"revenue": revenue, "profit": revenue // rng.randint(8, 30), "employees": rng.randint(4, 80)}
        yield plan.fact(
            plan.opened + timedelta(days=days, minutes=rng.randint(5, 200)),
            "disclosure.filed",
            disclosure=f"{plan.id}-F{n}",
            about=about,
            category=category,
            figures=figures,
        )


def _amended(rng: Random, plan: Plan, story: list[Fact]) -> Iterator[Fact]:
    """Half way a material change; those whose promise is still open confirm it again."""
    at = (plan.opened + plan.length * 0.5).replace(microsecond=0)
    yield plan.fact(at, "campaign.amended", campaign=plan.id, material=True, note="资金用途调整")
    settled = {fact.data["pledge"]: fact.at for fact in story if fact.type in {"pledge.collected", "pledge.cancelled"}}
    for fact in story:
        pledge = fact.data.get("pledge")
        if fact.type == "pledge.made" and pledge in settled and fact.at < at < settled[pledge]:
            when = at + (settled[pledge] - at) * rng.uniform(0.1, 0.8)
            yield plan.fact(when.replace(microsecond=0), "pledge.reconfirmed", pledge=pledge)
