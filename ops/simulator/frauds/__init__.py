"""Planted frauds, one generator each, written from the sources of docs/RISK.md and not from the rules."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from ops.simulator.frauds import account, platform, project
from ops.simulator.model import Plant, World

PLANTS: dict[str, Callable[[Random, World], Plant]] = {
    module.__name__.rpartition(".")[2]: module.plant
    for group in (platform, project, account)
    for module in group.MODULES
}
