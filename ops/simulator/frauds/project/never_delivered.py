"""Not delivered: the reward was promised months ago, the updates have stopped, the complaints have not."""

from __future__ import annotations

from datetime import datetime
from random import Random

from ops.simulator import campaigns, people, reward
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR
from ops.simulator.model import Data, Decoy, Fact, Party, Plant, Planted, World

PLATFORM = "jiuyuan"


def plant(rng: Random, world: World) -> Plant:
    """The story begins a year before the market's first day; an honest maker of the same time was four months late."""
    begin = world.span.begin - DAY * rng.randint(335, 350)
    promised = world.span.begin - DAY * rng.randint(160, 172)
    plan, backers, told = _campaign(rng, begin, "ND", promised)
    # Updates stop with the promised day; people begin to ask for their money.
    for n, day in enumerate((40, 80, 120)):
        told.append(_about(begin + DAY * day, plan, f"ND-U{n}", "update"))
    for n, _ in enumerate(backers[: len(backers) // 5]):
        at = promised + DAY * (60 + 25 * n)
        about = {"kind": "campaign", "id": plan.id}
        data = {"complaint": f"ND-K{n}", "about": about, "category": "要求退款", "text": "逾期未发货，要求退款"}
        told.append(Fact(at.replace(microsecond=0), plan.source, "complaint.filed", data))
    good, _, story = _campaign(rng, begin, "NDD", promised)
    told += story
    sent = (promised + DAY * rng.randint(100, 130)).replace(microsecond=0)
    told.append(Fact(sent, good.source, "campaign.delivered", {"campaign": good.id, "share": "1"}))
    record = Planted(
        "never_delivered",
        "C10 reward not delivered",
        "issuer",
        (plan.key, plan.issuer.key),
        "承诺发货日后半年仍未发货，停止更新，支持者要求退款",
        "half a year after the promised day nothing is delivered, updates have stopped, backers want refunds",
        world.span.first,
        world.span.last,
    )
    zh, en = "迟到四个月但已全部发货", "four months late, and everything delivered"
    return Plant(record, told, [Decoy("C10", (good.key, good.issuer.key), zh, en)])


def _campaign(
    rng: Random, begin: datetime, prefix: str, promised: datetime
) -> tuple[campaigns.Plan, list[Party], list[Fact]]:
    """A success, paid out and never delivered; what was promised is on file."""
    issuer = stage.company(rng, PLATFORM, prefix, begin)
    backers = stage.newcomers(rng, PLATFORM, rng.randint(24, 34), f"{prefix}-P", begin)
    plan = stage.reward_plan(rng, f"{prefix}-0001", issuer, begin + DAY, days=20, goal=20_000)
    pledges = [
        stage.backing(plan.opened + HOUR * rng.uniform(2, 400), each, rng.choice(reward.TIERS)) for each in backers
    ]
    life = stage.without(list(campaigns.life(rng, plan, pledges)), "campaign.delivered")
    told = [*people.registrations([issuer, *backers]), *life]
    told.append(_about(plan.opened + HOUR, plan, f"{prefix}-D0", "delivery", due=promised.date().isoformat()))
    return plan, backers, told


def _about(at: datetime, plan: campaigns.Plan, name: str, category: str, **more: str) -> Fact:
    data: Data = {"disclosure": name, "about": {"kind": "campaign", "id": plan.id}, "category": category, **more}
    return Fact(at.replace(microsecond=0), plan.source, "disclosure.filed", data)
