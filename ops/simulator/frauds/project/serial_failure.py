"""Serial failure: a man whose loan was written off raises money again, through a new firm on another platform."""

from __future__ import annotations

from random import Random

from ops.simulator import campaigns, reward
from ops.simulator.frauds import stage
from ops.simulator.frauds.script import DAY, HOUR, MONTH, Script
from ops.simulator.model import YUAN, Decoy, Plant, Planted, World


def plant(rng: Random, world: World) -> Plant:
    """Default and write-off on the lending platform; weeks later a campaign of a firm that he owns."""
    lending, raising = Script(rng, world, "rongda", "SR"), Script(rng, world, "huizhong", "SRC")
    begin = stage.moment(world, rng.uniform(2, 5), 9)
    debtor, payer = lending.persons(2, begin)
    loans = [lending.lend(begin + DAY * (1 + n), each, 60_000 * YUAN, lending.persons(5, begin), months=1)
             for n, each in enumerate((debtor, payer))]  # fmt: skip
    lost = loans[0].began + MONTH + 15 * DAY
    lending.say(lost, "loan.defaulted", loan=loans[0].id, amount=loans[0].amount)
    lending.say(lost + 4 * DAY, "loan.written_off", loan=loans[0].id, amount=loans[0].amount)
    lending.repay_on_time(loans[1], 1)
    opened = lost + DAY * rng.uniform(6, 10)
    keys, persons = [], []
    for n, owner in enumerate((debtor, payer)):
        firm, person = raising.firm(opened), raising.join(owner, opened)
        persons.append(person)
        raising.relate(opened + HOUR, person, firm, "owner", "0.8")
        plan = stage.reward_plan(rng, f"SR-{n:04d}", firm, (opened + 5 * HOUR).replace(microsecond=0),
                                 days=20, goal=12_000 * YUAN)  # fmt: skip
        raising.facts += campaigns.life(rng, plan, stage.audience(rng, world, plan, 40, reward.TIERS))
        keys.append((plan.key, firm.key, person.key))
    again = stage.reward_plan(rng, "SR-0009", persons[0], (opened + 9 * DAY).replace(microsecond=0),
                              days=14, goal=9_000 * YUAN)  # fmt: skip
    raising.facts += campaigns.life(rng, again, stage.audience(rng, world, again, 20, reward.TIERS))
    record = Planted(
        "serial_failure",
        "C12 serial failing owner",
        "issuer",
        (*keys[0], again.key, debtor.key),
        "借款已核销的失信人通过新设企业、随后以本人名义在另一平台再次募集",
        "a man whose loan was written off raises again elsewhere, through a new firm and then in his own name",
        opened.date(),
        world.span.last,
    )
    zh, en = "按期还清借款的企业主发起项目", "an owner who repaid his loan raises for a project"
    return Plant(record, [*lending.facts, *raising.facts], [Decoy("C12", (*keys[1], payer.key), zh, en)])
