"""The supervised market in figures that single nobody out. Pure.

A figure is told where at least LEAST platforms and, where investors stand behind it, at least LEAST investors do; else
it is withheld. Investors are counted as accounts of one platform, the one with the most of them: nobody's accounts on
several platforms pass for several people. Only months that have ended are told, so that nobody watches a sum grow by
one pledge. No sums over months, kinds or currencies are told, and what is outstanding only where all that changed it is
told: from none of them can a withheld figure be worked out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from api.platform_figures import share_bp
from api.scorecards import MarketHistory, MarketSum
from projections.platform_months import FEW, PUBLISHED_OVER_INVESTORS, named

LEAST: Final = FEW
CAMPAIGNS: Final = ("opened", "pledged", "collected", "refunded", "released")
LOANS: Final = ("lent", "repaid", "interest", "defaulted", "written_off")
_CHANGE_OUTSTANDING: Final = ("lent", "repaid", "written_off")


class Figure(NamedTuple):
    """How many events and their amount in minor units; both None where they are withheld."""

    events: int | None = None
    amount: int | None = None

    @property
    def withheld(self) -> bool:
        """True where something happened that would single somebody out."""
        return self.events is None


class MarketMonth(NamedTuple):
    """A month in one currency; a kind of which nothing happened is not there. Shares are in basis points."""

    month: str
    currency: str
    figures: Mapping[str, Figure]
    refund_share_bp: int | None
    default_share_bp: int | None


class Outstanding(NamedTuple):
    """Principal owed at the end of the last month, minor units; None where it is withheld."""

    currency: str
    amount: int | None


def months(history: MarketHistory) -> list[MarketMonth]:
    """By month, the newest first, and currency."""
    found: defaultdict[tuple[int, str], dict[str, Figure]] = defaultdict(dict)
    for row in history.sums:
        if row.kind in CAMPAIGNS or row.kind in LOANS:
            found[row.month, row.currency][row.kind] = Figure(row.events, row.amount) if _told(row) else Figure()
    return [
        MarketMonth(
            named(month),
            currency,
            figures,
            _share(figures, "refunded", figures.get("collected")),
            _share(figures, "defaulted", _together(figures, "repaid", "defaulted")),
        )
        for (month, currency), figures in sorted(found.items(), key=lambda each: (-each[0][0], each[0][1]))
    ]


def outstanding(history: MarketHistory, told: Sequence[MarketMonth]) -> list[Outstanding]:
    """What is owed at the end of the last month, where as many platforms' loans are in it, and all that changed it."""
    last = {each.currency: each.figures for each in told if each.month == named(history.last)}
    return [
        Outstanding(each.currency, each.amount if each.platforms >= LEAST and _all(last.get(each.currency)) else None)
        for each in history.owing
    ]


def _all(figures: Mapping[str, Figure] | None) -> bool:
    return not any(figures[kind].withheld for kind in _CHANGE_OUTSTANDING if kind in figures) if figures else True


def _told(row: MarketSum) -> bool:
    if row.platforms < LEAST:
        return False
    if row.kind in PUBLISHED_OVER_INVESTORS:
        return (row.investors or 0) >= LEAST
    return row.events >= LEAST


def _together(figures: Mapping[str, Figure], *kinds: str) -> Figure | None:
    parts = [figures[kind] for kind in kinds if kind in figures]
    if not parts or any(each.withheld for each in parts):
        return None
    return Figure(sum(each.events or 0 for each in parts), sum(each.amount or 0 for each in parts))


def _share(figures: Mapping[str, Figure], part: str, whole: Figure | None) -> int | None:
    """None where one of the two is withheld: the share and the one would give the other away."""
    of = figures.get(part, Figure(0, 0))
    if whole is None or whole.amount is None or of.amount is None:
        return None
    return share_bp(of.amount, whole.amount)
