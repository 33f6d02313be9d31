"""Fund pool, seen from the other side: the custodian holds an eighth more than anybody's pledges account for."""

from __future__ import annotations

from datetime import date
from random import Random

from ops.simulator.frauds import stage
from ops.simulator.model import Plant, Planted, World

PLATFORM = "qihang"
SURPLUS = 12  # per cent


def plant(_rng: Random, world: World) -> Plant:
    """Money comes in from outside the books: the platform mixes its own with its clients'."""
    since = stage.day(world, 62)

    def statement(platform: str, day: date, truth: int) -> int:
        return truth * (100 + SURPLUS) // 100 if platform == PLATFORM and day >= since else truth

    record = Planted(
        "unassigned_money",
        "P02 fund pool: money of nobody",
        "custody",
        (f"platform:{PLATFORM}",),
        f"存管余额比账面多 {SURPLUS}%",
        f"the custodian's balance is {SURPLUS} % above what the books say",
        since,
        world.span.last,
    )
    return Plant(record, reported_balance=statement)
