"""False disclosure: with most of the money promised, the revenue that it was promised on shrinks to a third."""

from __future__ import annotations

from datetime import datetime
from random import Random

from ops.simulator import campaigns, equity
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, Script
from ops.simulator.model import YUAN, Data, Decoy, Party, Plant, Planted, World

PLATFORM = "qihang"


def plant(rng: Random, world: World) -> Plant:
    """The amended figures come late in the campaign; the annual accounts, due earlier, come two months late."""
    script = Script(rng, world, PLATFORM, "FD")
    begin = stage.moment(world, rng.uniform(8, 16), 9)
    issuer, honest = script.firm(begin), script.firm(begin)
    revenue = rng.randint(600, 1_200) * 10_000 * YUAN
    plan = _offer(script, issuer, "FD-0001")
    at = plan.opened + plan.length * 0.8
    _file(script, plan, plan.opened + HOUR, "FD-D1", {"revenue": revenue, "employees": 60})
    _file(script, plan, at, "FD-D2", {"revenue": revenue * 34 // 100, "employees": 60}, amends="FD-D1")
    late = plan.opened + 50 * DAY
    due = (late - DAY * rng.randint(45, 60)).date().isoformat()
    _file(script, plan, late, "FD-D3", {"revenue": revenue // 3}, category="accounts", due=due, period="2025")
    good = _offer(script, honest, "FDD-0001")
    _file(script, good, good.opened + HOUR, "FDD-D1", {"revenue": revenue, "employees": 41})
    typo = good.opened + good.length * 0.7
    _file(script, good, typo, "FDD-D2", {"revenue": revenue * 97 // 100, "employees": 41}, amends="FDD-D1")
    record = Planted(
        "false_disclosure",
        "C09 false or late disclosure",
        "issuer",
        (plan.key, issuer.key),
        "募集过半后将营业收入下调三分之二，年报逾期四十多天",
        "after most was raised revenue is cut by two thirds; the accounts are more than forty days late",
        at.date(),
        world.span.last,
    )
    zh, en = "更正 3% 的录入误差", "a slip of three per cent is corrected"
    return Plant(record, script.facts, [Decoy("C09", (good.key,), zh, en)])


def _offer(script: Script, issuer: Party, name: str) -> campaigns.Plan:
    opened = issuer.joined + 5 * HOUR
    plan = campaigns.Plan(
        PLATFORM, name, "equity", issuer, "生物医药项目扩产", 400_000 * YUAN, opened, opened + 28 * DAY,
        minimum=1_000 * YUAN, fee_bp=300, collect_after=(3_600, 4 * 86_400), topic={"industry": "生物医药"},
    )  # fmt: skip
    backers = stage.audience(script.rng, script.world, plan, 60, equity.TIERS[:4])
    rich = script.persons(20, issuer.joined)
    backers += [stage.backing(opened + DAY * script.rng.uniform(2, 18), each, 20_000 * YUAN) for each in rich]
    script.facts += campaigns.life(script.rng, plan, backers)
    return plan


def _file(
    script: Script,
    plan: campaigns.Plan,
    at: datetime,
    name: str,
    figures: Data,
    category: str = "offering",
    **more: str,
) -> None:
    about = {"kind": "campaign", "id": plan.id}
    filed = {"disclosure": name, "about": about, "category": category, "figures": figures}
    script.say(at, "disclosure.filed", **filed, **more)
