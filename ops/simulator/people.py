"""The city's people and firms: who they are, which platforms they joined and when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from math import sqrt
from random import Random

from ops.simulator import city
from ops.simulator.model import CURRENCY, YUAN, Crowd, Data, Fact, Operator, Party, Span, World

BACKLOG = 0.6  # share of the accounts that existed before the first day and are reported on it
SCHEMES = {"person": "cn.resident_id", "organisation": "cn.uscc"}
DECLARING = {"qihang": 1.0, "rongda": 0.5, "anjie": 0.5, "huizhong": 0.1, "zhumeng": 0.1}  # share of the investors
VERIFIED = 0.7


def populate(rng: Random, span: Span, scale: float, operators: Mapping[str, Operator]) -> World:
    """Draw the people, then their accounts. A person has one identity number, device and card on all platforms."""
    # A campaign draws as many people in a small market as in a large one: with too few of them all back the same.
    crowd = scale if scale > 1 else sqrt(scale)
    wanted = {each.id: max(40, round(each.members * crowd)) for each in city.PLATFORMS if each.members}
    people = [person(rng, number, span.begin) for number in range(max(wanted.values()) * 2)]
    crowds = {}
    for platform, number in wanted.items():
        members = [each.on(platform, _joined(rng, span)) for each in rng.sample(people, number)]
        crowds[platform] = Crowd(sorted(members, key=lambda party: (party.joined, party.id)))
    owners = {each.id: tuple(_owners(rng, each, span, scale)) for each in city.PLATFORMS}
    return World(span, scale, crowds, owners, operators)


def person(rng: Random, number: int, joined: datetime, prefix: str = "U", platform: str = "") -> Party:
    """A person. The identity number has an area code that exists nowhere, so that it can be nobody's."""
    name = rng.choice(city.SURNAMES) + "".join(rng.choices(city.GIVEN, k=rng.choice((1, 2))))
    # Families and offices share an address: every third person draws from few.
    home = rng.randrange(2**32) if rng.random() < 0.67 else rng.randrange(3_000)
    identity = f"000000{1950 + number % 56}0101-{prefix}-{number:05d}"
    district = rng.choice(city.DISTRICTS)
    return Party(platform, f"{prefix}-{number:05d}", "person", name, identity, district, joined, _channel(rng, home))


def firm(rng: Random, number: int, platform: str, joined: datetime, prefix: str = "E") -> Party:
    """An organisation on one platform."""
    name = f"滨海{rng.choice(city.FIRMS)}{rng.choice(city.TRADES)}有限公司 {number}"
    identity = f"DEMO-{platform}-{prefix}-{number:04d}"
    district = rng.choice(city.DISTRICTS)
    channel = _channel(rng, rng.randrange(2**32))
    return Party(platform, f"{prefix}-{number:04d}", "organisation", name, identity, district, joined, channel)


def _channel(rng: Random, address: int) -> dict[str, str]:
    """Opaque hashes, as platforms report them: a device and a payment account of one's own."""
    device, payment = f"dev-{rng.getrandbits(40):010x}", f"pay-{rng.getrandbits(40):010x}"
    return {"ip": f"ip-{address:08x}", "device": device, "payment": payment}


def _joined(rng: Random, span: Span) -> datetime:
    if rng.random() < BACKLOG:
        return span.at(0, rng.uniform(1, 7))
    return span.at(rng.uniform(0.4, span.days - 1), 0)


def _owners(rng: Random, platform: city.Platform, span: Span, scale: float) -> Iterator[Party]:
    """Issuers, of whom one in three is a person; borrowers, of whom two in three are."""
    number = max(4, round((platform.campaigns * 0.8 + platform.loans) * scale))
    persons = 0.67 if platform.loans else 0.0 if "equity" in platform.kinds else 0.33
    for n in range(number):
        joined = span.at(0, rng.uniform(1, 7))
        if rng.random() < persons:
            borrower = person(rng, n, joined, "B", platform.id)
            # A number of his own on every platform: the honest ones have one loan at a time.
            yield replace(borrower, number=f"{borrower.number}-{platform.id}")
        else:
            yield firm(rng, n, platform.id, joined)


def facts(rng: Random, world: World) -> Iterator[Fact]:
    """Everybody's registration, and what the investors declare."""
    for platform, crowd in world.investors.items():
        share = DECLARING.get(platform, 0.0)
        for investor in crowd.members:
            yield registered(investor)
            if rng.random() < VERIFIED:
                method = rng.choice(("bank_card", "face", "counter"))
                at = investor.joined + timedelta(seconds=rng.randint(20, 900))
                yield Fact(at, investor.source, "party.verified", {"party": investor.id, "method": method})
            if rng.random() < share:
                yield declared(rng, investor)
    yield from registrations(party for owners in world.owners.values() for party in owners)


def registrations(parties: Iterable[Party]) -> Iterator[Fact]:
    """One registration for each."""
    return map(registered, parties)


def registered(party: Party) -> Fact:
    """The registration; what identifies goes to the ledger's vault, never into its log."""
    data = {
        "party": party.id,
        "kind": party.kind,
        "name": party.name,
        "identity": {"scheme": SCHEMES[party.kind], "number": party.number},
        "country": "CN",
        "region": party.district,
    }
    return Fact(party.joined, party.source, "party.registered", data)


def declared(rng: Random, investor: Party) -> Fact:
    """A self-declaration with incomes as they are spread in a city: many modest, few large."""
    income = round(rng.lognormvariate(12.0, 0.6)) * YUAN
    data: Data = {
        "investor": investor.id,
        "jurisdiction": "CN",
        "currency": CURRENCY,
        "annual_income": income,
        "net_worth": income * rng.randint(2, 12),
        "financial_assets": income * rng.randint(1, 6),
        "experience_years": rng.randint(0, 15),
        "knowledge_passed": rng.random() < 0.8,
    }
    at = investor.joined + timedelta(seconds=rng.randint(900, 3_000))
    return Fact(at, investor.source, "investor.declared", data)
