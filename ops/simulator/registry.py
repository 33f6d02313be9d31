"""The register: which platforms exist and what they may do. A platform's come before all others about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ops.simulator import city
from ops.simulator.model import REGISTRY, Fact, World


def facts(world: World) -> Iterator[Fact]:
    """Registration and licence of every platform, in the first minutes of its first day."""
    for n, each in enumerate(city.SOURCES):
        at = world.span.begin - timedelta(days=each.known) + timedelta(minutes=n)
        kinds = list(each.kinds)
        registered = {"platform": each.id, "name": each.name, "kinds": kinds, "jurisdiction": "CN"}
        yield Fact(at, REGISTRY, "platform.registered", {**registered, "region": each.district})
        licence = {"platform": each.id, "kinds": kinds, "licence": f"BH-{2020 + n % 4}-{n + 1:03d}"}
        yield Fact(at + timedelta(seconds=20), REGISTRY, "platform.licensed", licence)
