"""A statement that never moves: for two weeks the custody balance is the same to the cent, amid business."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from ops.simulator.frauds import stage
from ops.simulator.model import Plant, Planted, World

PLATFORM = "minxin"


def plant(rng: Random, world: World) -> Plant:
    """The clerk sends the same paper every day."""
    since = stage.day(world, rng.randint(24, 32))
    until = since + timedelta(days=rng.randint(11, 15))
    kept: dict[str, int] = {}

    def statement(platform: str, day: date, truth: int) -> int:
        return kept.setdefault("balance", truth) if platform == PLATFORM and since <= day <= until else truth

    record = Planted(
        "frozen_statement",
        "P11 platform gone silent: custody unchanged",
        "reporting",
        (f"platform:{PLATFORM}",),
        f"存管余额连续 {(until - since).days + 1} 天分文不变，而交易照常",
        f"the custody balance stays the same for {(until - since).days + 1} days of business",
        since,
        until,
        also=("P02",),  # what moved meanwhile is a gap or a surplus
    )
    return Plant(record, reported_balance=statement)
