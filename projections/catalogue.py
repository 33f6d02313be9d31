"""All views, by name. A new view is added here and nowhere else."""

from __future__ import annotations

from types import ModuleType
from typing import cast

from projections import (
    alerts,
    balances,
    breached,
    campaigns,
    cases,
    filings,
    flows,
    investors,
    loans,
    platform_months,
    platforms,
    pledges,
    rates,
    sanctions,
    transfers,
)
from projections.base import View

_MODULES: tuple[ModuleType, ...] = (
    balances, pledges, campaigns, investors, platforms, loans, transfers, filings, alerts, breached, cases,
    sanctions, rates, flows, platform_months,
)  # fmt: skip
VIEWS: dict[str, View] = {module.NAME: cast("View", module) for module in _MODULES}


class UnknownView(Exception):
    """There is no view of that name; the message lists those there are."""


def find(name: str) -> View:
    """The view of that name. Raises UnknownView."""
    try:
        return VIEWS[name]
    except KeyError:
        raise UnknownView(f"There is no view {name!r}. There are: {', '.join(VIEWS)}.") from None
