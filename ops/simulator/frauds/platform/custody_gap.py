"""Fund pool: from one day on the custodian holds seven per cent less than the platform's books say."""

from __future__ import annotations

from datetime import date
from random import Random

from ops.simulator.frauds import stage
from ops.simulator.model import Plant, Planted, World

PLATFORM = "anjie"
MISSING = 7  # per cent


def plant(_rng: Random, world: World) -> Plant:
    """Nothing happens but the statements: money was moved where no event shows it."""
    since = stage.day(world, 55)

    def statement(platform: str, day: date, truth: int) -> int:
        return truth * (100 - MISSING) // 100 if platform == PLATFORM and day >= since else truth

    record = Planted(
        "custody_gap",
        "P02 fund pool",
        "custody",
        (f"platform:{PLATFORM}",),
        f"存管余额比账面少 {MISSING}%",
        f"the custodian's balance is {MISSING} % below what the books say",
        since,
        world.span.last,
    )
    return Plant(record, reported_balance=statement)
