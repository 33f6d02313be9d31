"""Events that the ledger should refuse: bugs, wrong buttons and wrong keys at the platforms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from random import Random

from ops.simulator.arrivals import Delivery
from ops.simulator.model import YUAN, Data, Fact, World

EACH = 12  # at scale 1

# Refusal code -> what it is made from, and how the good event is bent. Ids are new, unless the fault is in the id.
RECIPES: dict[str, tuple[str, Callable[[Data], Data]]] = {
    "malformed": ("pledge.made", lambda data: {**data, "amount": f"{data['amount'] / YUAN} yuan"}),
    "unknown_type": ("pledge.made", lambda data: data),
    "source_not_yours": ("pledge.made", lambda data: data),
    "id_reused": ("pledge.made", lambda data: {**data, "amount": data["amount"] + 1}),
    "time_in_future": ("pledge.made", lambda data: {**data, "pledge": data["pledge"] + "-f"}),
    "entity_exists": ("pledge.made", lambda data: {**data, "amount": data["amount"] + 100}),
    "currency_mismatch": ("pledge.made", lambda data: {**data, "pledge": data["pledge"] + "-u", "currency": "USD"}),
    "refund_exceeds_collected": ("pledge.collected", lambda data: {"pledge": data["pledge"], "amount": 10**9}),
    "overfunded": ("loan.listed", lambda data: _bid(data, data["amount"] * 3)),
    "repayment_exceeds_due": (
        "loan.disbursed",
        lambda data: {"repayment": f"bad-{data['loan']}", "loan": data["loan"], "principal": 10**11, "interest": 0},
    ),
}
TYPES = {
    "unknown_type": "pledge.maid",
    "refund_exceeds_collected": "pledge.refunded",
    "overfunded": "bid.placed",
    "repayment_exceeds_due": "repayment.received",
}


def _bid(loan: Data, amount: int) -> Data:
    return {"bid": f"bad-{loan['loan']}", "loan": loan["loan"], "investor": loan["borrower"], "amount": amount}


def deliveries(rng: Random, world: World, facts: Sequence[Fact], good_ones: Iterable[Delivery]) -> Iterator[Delivery]:
    """A few of each kind, seconds after the good event that it was made from arrived."""
    arrived = {(each.key, each.event["id"]): each.at for each in good_ones if not each.again}
    for code, (made_from, bend) in RECIPES.items():
        good = [fact for fact in facts if fact.type == made_from]
        for fact in rng.sample(good, min(len(good), world.count(EACH))):
            event = {**fact.event(), "type": TYPES.get(code, fact.type), "data": bend(fact.data)}
            key, at = fact.source, arrived[fact.source, fact.id] + timedelta(seconds=1)
            if code == "time_in_future":
                event["time"] = (world.span.end + timedelta(days=700)).isoformat()
            if code == "source_not_yours":
                event["source"] = "platform:nobody"
            if code != "id_reused":
                event["id"] = f"spoiled-{code}-{fact.id}"
            yield Delivery(at, key, event, fault=code)
    yield from _too_late(rng, world, facts)


def _too_late(rng: Random, world: World, facts: Sequence[Fact]) -> Iterator[Delivery]:
    """A pledge to a campaign that was closed an hour ago."""
    pledges = {(f.source, f.data["campaign"]): f for f in facts if f.type == "pledge.made"}
    closed = [f for f in facts if f.type == "campaign.closed" and (f.source, f.data["campaign"]) in pledges]
    for fact in rng.sample(closed, min(len(closed), world.count(EACH))):
        last = pledges[fact.source, fact.data["campaign"]]
        at = fact.at + timedelta(hours=1)
        if at < world.span.end:
            late = Fact(at, fact.source, "pledge.made", {**last.data, "pledge": last.data["pledge"] + "-late"})
            yield Delivery(at, fact.source, late.event(), fault="campaign_not_open")
