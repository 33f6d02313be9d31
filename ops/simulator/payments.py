"""The payment institution: ordinary money between the city's people, reported transfer by transfer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from random import Random

from ops.simulator import people
from ops.simulator.city import PAYMENTS
from ops.simulator.model import CURRENCY, YUAN, Fact, Party, World

CUSTOMERS, TRANSFERS = 240, 900
LEAST_CUSTOMERS = 60


def facts(rng: Random, world: World) -> Iterator[Fact]:
    """Customers, who are investors elsewhere too, and payments between acquaintances."""
    known = {each.number: each for crowd in world.investors.values() for each in crowd.members}
    # With too few of them the money of a small market would run in circles by itself.
    number = max(world.count(CUSTOMERS), LEAST_CUSTOMERS)
    chosen = rng.sample(sorted(known.values(), key=lambda each: each.number), number)
    customers = [each.on(PAYMENTS.id, world.span.at(0, rng.uniform(1, 7))) for each in chosen]
    yield from people.registrations(customers)
    for n in range(world.count(TRANSFERS)):
        at = world.span.at(rng.uniform(0.5, world.span.days - 0.1))
        # Acquaintances are few: a payer pays one of the five after him in the book.
        payer = rng.randrange(len(customers))
        payee = (payer + rng.randint(1, 5)) % len(customers)
        amount = round(rng.lognormvariate(6.5, 1.2)) * YUAN + rng.randrange(100)
        if payer != payee:
            yield transfer(at, f"X-{n:05d}", customers[payer], customers[payee], max(amount, YUAN))


def transfer(at: datetime, name: str, payer: Party, payee: Party, amount: int) -> Fact:
    """Money moved between two customers."""
    data = {"transfer": name, "payer": payer.id, "payee": payee.id, "amount": amount, "currency": CURRENCY}
    return Fact(at, PAYMENTS.source, "transfer.reported", {**data, "channel": dict(payer.channel)})
