"""Complaints and delay: what investors say, how long their money takes to come back, how long loans take to fill.

Where new money is slow, those who leave wait: the time until a loan is full is the earliest public sign of it, and the
only figure of this dimension in monthly reports. Bounds of rejected withdrawals follow the run-off before a flight
(rejected or expired above 5 %); the others are judged, and say so in docs/platform-index.md.
"""

from __future__ import annotations

from risk.index.form import Dimension, Market, dimension
from risk.index.peers import among, banded

NAME = "complaints"
HOUR = 3_600
BANDS = {  # figure: nothing up to, worst from
    "complaints_per_1000_investors": (2, 20),
    "withdrawal_p95_seconds": (48 * HOUR, 240 * HOUR),
    "withdrawals_rejected_bp": (50, 500),
}


def measure(market: Market, month: str) -> dict[str, Dimension]:
    """`fill_seconds` among the month's platforms; what is complained of and delayed against bounds."""
    platforms = market.get(month, {})
    known = {
        platform: facts.figures["fill_seconds"]
        for platform, facts in platforms.items()
        if "fill_seconds" in facts.figures
    }
    fill = among("fill_seconds", platforms, known)
    return {
        platform: dimension(
            NAME, (*(banded(name, facts.figures.get(name), *bounds) for name, bounds in BANDS.items()), fill[platform])
        )
        for platform, facts in platforms.items()
    }
