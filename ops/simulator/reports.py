"""The monthly report of each platform: the figures a supervisor asks for, from the platform's own facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from ops.simulator import city
from ops.simulator.model import Fact, World

# Metric by event type: the number of events, and the sum of a field where it has one.
COUNTED = {
    "pledge.made": "pledges",
    "campaign.opened": "campaigns_opened",
    "loan.listed": "loans_listed",
    "loan.disbursed": "loans_disbursed",
    "loan.defaulted": "loans_defaulted",
    "complaint.filed": "complaints",
    "party.registered": "new_parties",
}
SUMMED = {
    "pledge.made": ("pledged_amount", "amount"),
    "deposit.received": ("deposited_amount", "amount"),
    "funds.released": ("released_amount", "amount"),
    "pledge.refunded": ("refunded_amount", "amount"),
    "repayment.received": ("repaid_principal", "principal"),
}


def facts(rng: Random, world: World, told: Sequence[Fact]) -> Iterator[Fact]:
    """One report per platform and month that ended within the days, on the second to fourth day of the next."""
    totals: defaultdict[tuple[str, str], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for fact in told:
        month = totals[fact.source, fact.at.strftime("%Y-%m")]
        if fact.type in COUNTED:
            month[COUNTED[fact.type]] += 1
        if fact.type in SUMMED:
            name, field = SUMMED[fact.type]
            month[name] += fact.data[field]
    for first in _month_starts(world):
        month_before = (first - timedelta(days=1)).strftime("%Y-%m")
        for platform in city.PLATFORMS:
            at = first + timedelta(days=rng.randint(1, 3), hours=rng.randint(9, 17), minutes=rng.randint(0, 59))
            metrics = dict(totals[platform.source, month_before])
            yield Fact(at, platform.source, "platform.reported", {"month": month_before, "metrics": metrics})


def _month_starts(world: World) -> Iterator[datetime]:
    for n in range(1, world.span.days):
        at = world.span.at(n)
        if at.day == 1:
            yield at
