"""One market for all tests of the simulator."""

from __future__ import annotations

from datetime import date

import pytest

from ops.simulator.market import Market, build
from ops.simulator.model import Fact

SEED = 7
LAST = date(2026, 6, 30)


@pytest.fixture(scope="session")
def market() -> Market:
    return build(SEED, LAST, scale=0.5)


@pytest.fixture(scope="session")
def facts(market: Market) -> list[Fact]:
    return list(market.facts)
