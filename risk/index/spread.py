"""Spread: how far a platform reaches into the public, with how small sums, for how few borrowers.

Illegal fund-raising is defined by reach: many, unspecified, small. A hundred lenders to one borrower are a pool, not a
loan. Growth is shown where it is known and not scored: on real months before those that judge the index, more or
fewer investors than three months ago said nothing of a platform's end (see docs/platform-index.md).
"""

from __future__ import annotations

from collections.abc import Callable

from risk.index.form import Dimension, Facts, Figure, Market, Shown, before, dimension
from risk.index.peers import among, missing

NAME = "spread"
SMALL = ("investors_0to1w", "investors_1to10w")
BANDS = (*SMALL, "investors_10to100w", "investors_100w_up")
WHOLE = 10_000  # basis points
GROWTH_MONTHS = 3


def measure(market: Market, month: str) -> dict[str, Dimension]:
    """Shares in basis points, investors per borrower in thousandths; each scored among the month's platforms."""
    platforms = market.get(month, {})
    scored = [
        among(
            name, platforms, {each: found for each, facts in platforms.items() if (found := figure(facts)) is not None}
        )
        for name, figure in FIGURES.items()
    ]
    earlier = market.get(before(month, GROWTH_MONTHS), {})
    return {
        platform: dimension(NAME, (*(each[platform] for each in scored), _growth(facts, earlier.get(platform))))
        for platform, facts in platforms.items()
    }


def _small_share(facts: Facts) -> Figure | None:
    bands = [facts.figures[band] for band in BANDS if band in facts.figures]
    everybody = sum(band.value for band in bands)
    if len(bands) < len(BANDS) or not everybody:
        return None
    small = sum(facts.figures[band].value for band in SMALL)
    return Figure(small * WHOLE // everybody, _positions(*bands))


def _beyond_top_ten(facts: Facts) -> Figure | None:
    share = facts.figures.get("top_ten_investors_bp")
    return None if share is None else Figure(max(WHOLE - share.value, 0), share.positions)


def _per_borrower(facts: Facts) -> Figure | None:
    investors, borrowers = _investors(facts), facts.figures.get("borrowers")
    if investors is None or borrowers is None or not borrowers.value:
        return None
    return Figure(investors.value * 1_000 // borrowers.value, _positions(investors, borrowers))


def _new_money(facts: Facts) -> Figure | None:
    return facts.figures.get("new_money_bp")


FIGURES: dict[str, Callable[[Facts], Figure | None]] = {
    "small_investors_bp": _small_share,
    "beyond_top_ten_investors_bp": _beyond_top_ten,
    "investors_per_borrower_milli": _per_borrower,
    "new_money_bp": _new_money,
}


def _investors(facts: Facts) -> Figure | None:
    """All investors of the month; None where there was none, or a band is not known."""
    bands = [facts.figures[band] for band in BANDS if band in facts.figures]
    everybody = sum(band.value for band in bands)
    return Figure(everybody, _positions(*bands)) if len(bands) == len(BANDS) and everybody else None


def _growth(facts: Facts, earlier: Facts | None) -> Shown:
    now, then = _investors(facts), _investors(earlier) if earlier else None
    if now is None or then is None:
        return missing("growth_bp")
    growth = (now.value - then.value) * WHOLE // then.value
    return Shown("growth_bp", growth, None, reason="shown_only", positions=_positions(now, then))


def _positions(*figures: Figure) -> tuple[int, ...]:
    return tuple(sorted({position for figure in figures for position in figure.positions}))
