"""Structuring: five deposits just below the 50,000 yuan report line within six days."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from ops.simulator import people
from ops.simulator.frauds import stage
from ops.simulator.model import CURRENCY, YUAN, Decoy, Fact, Plant, Planted, World

LINE = 50_000 * YUAN
DEPOSITS = 5


def plant(rng: Random, world: World) -> Plant:
    """The sum of it is taken out again a week later, in one piece."""
    begin = stage.moment(world, 41, 9)
    (smurf,) = stage.newcomers(rng, "anjie", 1, "ST", begin)
    amounts = [rng.randrange(LINE * 92 // 100, LINE * 998 // 1_000, 100 * YUAN) for _ in range(DEPOSITS)]
    facts = [people.registered(smurf)]
    for n, amount in enumerate(amounts):
        at = begin + timedelta(days=n + 1, hours=rng.uniform(0, 8))
        data = {"deposit": f"ST-{n}", "investor": smurf.id, "amount": amount, "currency": CURRENCY}
        channel = {"channel": dict(smurf.channel)}
        facts.append(Fact(at.replace(microsecond=0), smurf.source, "deposit.received", {**data, **channel}))
    last = begin + timedelta(days=DEPOSITS + 7)
    asked = {"withdrawal": "ST-W", "investor": smurf.id, "amount": sum(amounts), "currency": CURRENCY}
    facts.append(Fact(last, smurf.source, "withdrawal.requested", asked))
    facts.append(Fact(last + timedelta(hours=20), smurf.source, "withdrawal.paid", {"withdrawal": "ST-W"}))
    record = Planted(
        "structuring",
        "I03 structuring under threshold",
        "amounts",
        (smurf.key,),
        f"六天内 {DEPOSITS} 笔略低于 5 万元的充值",
        f"{DEPOSITS} deposits just below CNY 50,000 within six days",
        begin.date(),
        (begin + timedelta(days=DEPOSITS + 1)).date(),
    )
    (saver,) = stage.newcomers(rng, "anjie", 1, "STD", stage.moment(world, 3, 9))
    facts.append(people.registered(saver))
    for n, yuan in enumerate((48_600, 31_250, 46_900)):
        at = saver.joined + timedelta(days=1 + 27 * n)
        data = {"deposit": f"STD-{n}", "investor": saver.id, "amount": yuan * YUAN, "currency": CURRENCY}
        facts.append(Fact(at, saver.source, "deposit.received", {**data, "channel": dict(saver.channel)}))
    return Plant(record, facts, [Decoy("I03", (saver.key,), "每月存入奖金的储户", "a saver who pays in once a month")])
