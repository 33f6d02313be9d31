"""Run-off before flight: twenty days before the end a platform stops reporting anything at all."""

from __future__ import annotations

from random import Random

from ops.simulator.frauds import stage
from ops.simulator.model import Plant, Planted, World

PLATFORM = "zhumeng"


def plant(_rng: Random, world: World) -> Plant:
    """No further event of this platform, custody statements and monthly reports included."""
    since = stage.moment(world, 70)
    record = Planted(
        "silent_platform",
        "P11 platform gone silent",
        "reporting",
        (f"platform:{PLATFORM}",),
        "平台停止一切报送",
        "the platform stops reporting",
        since.date(),
        world.span.last,
    )
    return Plant(record, silent_from={PLATFORM: since})
