"""What investors complain about: rewards that are late, money that does not come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random

from ops.simulator import city
from ops.simulator.model import Fact

SHARE = {"campaign.closed": 0.25, "withdrawal.rejected": 0.3, "loan.defaulted": 0.5}  # share that leads to one


def facts(rng: Random, told: Sequence[Fact]) -> Iterator[Fact]:
    """Complaints that follow what was told before."""
    for n, fact in enumerate(told):
        if rng.random() >= SHARE.get(fact.type, 0.0):
            continue
        at = fact.at + timedelta(hours=rng.randint(20, 400))
        about = {"kind": "platform", "id": fact.source.removeprefix("platform:")}
        for kind in ("campaign", "loan"):
            if kind in fact.data:
                about = {"kind": kind, "id": fact.data[kind]}
        data = {"complaint": f"K-{n:06d}", "about": about, "category": rng.choice(city.COMPLAINTS)}
        yield Fact(at, fact.source, "complaint.filed", data)
