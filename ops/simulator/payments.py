"""The payment institution: ordinary money between the city's people, reported transfer by transfer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from random import Random

from ops.simulator import people
from ops.simulator.city import PAYMENTS
from ops.simulator.model import CURRENCY, YUAN, Fact, Party, World

CUSTOMERS, SHOPS, TRANSFERS = 240, 8, 900
LEAST_CUSTOMERS, LEAST_TRANSFERS = 60, 240
AT_SHOPS = 0.35  # of the transfers
ACQUAINTANCES = (1, 1, 2, 2, 3)


def facts(rng: Random, world: World) -> Iterator[Fact]:
    """Customers, who are investors elsewhere too: they pay the same few people, and their shop, again and again."""
    known = {each.number: each for crowd in world.investors.values() for each in crowd.members}
    # With too few of them the money of a small market would run in circles by itself.
    number = max(world.count(CUSTOMERS), LEAST_CUSTOMERS)
    chosen = rng.sample(sorted(known.values(), key=lambda each: each.number), number)
    customers = [each.on(PAYMENTS.id, world.span.at(0, rng.uniform(1, 7))) for each in chosen]
    shops = [people.firm(rng, n, PAYMENTS.id, world.span.at(0, rng.uniform(1, 7)), "SHOP") for n in range(SHOPS)]
    yield from people.registrations([*customers, *shops])
    # Who they are is drawn from all customers: neighbours in a list would all know each other.
    friends = [rng.sample(customers, rng.choice(ACQUAINTANCES)) for _ in customers]
    favourites = [rng.choice(shops) for _ in customers]
    for n in range(max(world.count(TRANSFERS), LEAST_TRANSFERS)):
        at, payer = world.span.at(rng.uniform(0.5, world.span.days - 0.1)), rng.randrange(len(customers))
        payee, usual = rng.choice(friends[payer]), 6.5
        if rng.random() < AT_SHOPS:
            payee, usual = favourites[payer], 4.5
        amount = round(rng.lognormvariate(usual, 1.2)) * YUAN + rng.randrange(100)
        if payee is not customers[payer]:
            yield transfer(at, f"X-{n:05d}", customers[payer], payee, max(amount, YUAN))


def transfer(at: datetime, name: str, payer: Party, payee: Party, amount: int) -> Fact:
    """Money moved between two customers."""
    data = {"transfer": name, "payer": payer.id, "payee": payee.id, "amount": amount, "currency": CURRENCY}
    return Fact(at, PAYMENTS.source, "transfer.reported", {**data, "channel": dict(payer.channel)})
