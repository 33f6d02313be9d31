"""Who runs the platforms. In the ledger the operating company of each platform is its party `operator`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

from ops.simulator import city, people
from ops.simulator.model import Fact, Operator, Span, World

NAME = "operator"  # the id of the party, on every platform


def appoint(rng: Random, span: Span) -> dict[str, Operator]:
    """For every platform a company, a legal representative and an owner, all on the register before the first event."""
    made = {}
    for n, platform in enumerate(city.SOURCES):
        at = span.at(-platform.known, 0.6)
        company = people.firm(rng, n, platform.id, at, "OP")
        company = replace(
            company, id=NAME, name=f"{platform.name}网络科技有限公司", number=f"DEMO-OPERATOR-{platform.id}"
        )
        officer, owner = (people.person(rng, n * 10 + k, at, "OP", platform.id) for k in (1, 2))
        made[platform.id] = Operator(company, officer, owner)
    return made


def facts(world: World) -> Iterator[Fact]:
    """Registrations, and who holds what office and share."""
    for each in world.operators.values():
        yield from people.registrations((each.company, each.officer, each.owner))
        at = each.company.joined + timedelta(minutes=5)
        signs = {"party": each.officer.id, "to": NAME, "relation": "officer"}
        yield Fact(at, each.company.source, "party.related", signs)
        owns = {"party": each.owner.id, "to": NAME, "relation": "owner", "share": "0.7"}
        yield Fact(at, each.company.source, "party.related", owns)
