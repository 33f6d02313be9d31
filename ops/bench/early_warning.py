"""How early the platform index tells platforms that end badly from those that don't, on months with known ends.

For the last, last but one and last but two month that each platform reported, the index ranks it among all platforms of
that month. What is measured is the area under the curve of these ranks: how often a platform that ended badly stands
above one that didn't. The index gets the reports of that month and of earlier ones; how a platform ended, and that it
stopped reporting, is known to the measurement alone. Months before the last three of each platform are those on which
the form of the index was chosen, and are shown apart.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from ops.importers.base import Row
from ops.importers.wdzj import Wdzj
from risk.index import metrics
from risk.index.combined import Index, indexed
from risk.index.form import Facts, Figure, Market
from risk.index.peers import ranked
from risk.index.returns import TERMS

BAR = 0.68
JUDGED = {0: "last month", 1: "last but one", 2: "last but two"}
CHOSEN_ON = range(3, 9)  # how many months before the last: what the form of the index was chosen on
RESAMPLES = 1_000
SEED = 20180820
_WELL = frozenset({"normal", ""})  # blank: listed, and never said to have ended
_EPOCH = date(1970, 1, 1)

Scores = Callable[[Index], int | None]
History = Mapping[str, Mapping[str, Index]]  # month -> platform


class Ends(NamedTuple):
    """Platform months, which platforms ended badly, and which were listed without any status."""

    market: Market
    bad: frozenset[str]
    blank: frozenset[str]
    months: Mapping[str, Sequence[str]]  # of each platform, in order


@dataclass(frozen=True, slots=True)
class Area:
    """The area under the curve, and the interval that holds it in 95 of 100 resamplings of the platforms."""

    name: str
    lag: int  # months before the last one
    platforms: int
    bad: int
    area: float
    low: float
    high: float


def load(paths: Sequence[Path]) -> Ends:
    """The months that the importer `wdzj` makes events of. Raises ImportProblem."""
    market: defaultdict[str, dict[str, Facts]] = defaultdict(dict)
    statuses: dict[str, str] = {}
    for position, row in enumerate(_months(paths), 1):
        (event,) = row.events
        data, platform = event["data"], event["source"]
        day = (date.fromisoformat(event["time"][:10]) - _EPOCH).days
        market[data["month"]][platform] = Facts(metrics.report(data["month"], data["metrics"], position, day))
        statuses[platform] = row.labels[2]
    months: defaultdict[str, list[str]] = defaultdict(list)
    for month in sorted(market):
        for platform in market[month]:
            months[platform].append(month)
    bad = frozenset(platform for platform, status in statuses.items() if status not in _WELL)
    return Ends(market, bad, frozenset(platform for platform, status in statuses.items() if not status), months)


def _months(paths: Sequence[Path]) -> Iterator[Row]:
    return (row for row in Wdzj().read(paths) if row.labels[0] == "monthly" and row.events)


def history(ends: Ends) -> History:
    """The index of every platform in every month, each from that month and earlier ones."""
    return {month: indexed(ends.market, month) for month in sorted(ends.market)}


def _dimension(name: str) -> Scores:
    return lambda index: next(each.score for each in index.dimensions if each.name == name)


def _figure(name: str) -> Scores:
    return lambda index: next((f.score for each in index.dimensions for f in each.figures if f.name == name), None)


SINGLE: Mapping[str, Scores] = {
    "index": lambda index: index.score,
    "  returns": _dimension("returns"),
    "    highest deviation": _figure("highest_deviation_bp"),
    "    rise in 3 months": _figure("rise_bp"),
    "  spread": _dimension("spread"),
    "    small investors": _figure("small_investors_bp"),
    "    beyond the top ten": _figure("beyond_top_ten_investors_bp"),
    "    investors/borrower": _figure("investors_per_borrower_milli"),
    "  complaints: filling": _dimension("complaints"),
}


def measured(ends: Ends, found: History, lags: Sequence[int] = (*JUDGED,), resamples: int = RESAMPLES) -> list[Area]:
    """The index, its dimensions and single figures, and the mean return, at each lag."""
    tables = {name: _ranks(found, scores) for name, scores in SINGLE.items()}
    tables["mean return (compare)"] = {month: ranked(_mean_returns(ends.market[month])) for month in ends.market}
    return [area_at(ends, name, table, lag, resamples) for name, table in tables.items() for lag in lags]


def known_ends(ends: Ends, found: History) -> list[Area]:
    """The index without the platforms that were listed with no status at all: ranked, and not counted."""
    months = {platform: those for platform, those in ends.months.items() if platform not in ends.blank}
    table = _ranks(found, SINGLE["index"])
    return [area_at(ends._replace(months=months), "index", table, lag) for lag in JUDGED]


def _ranks(found: Mapping[str, Mapping[str, Index]], scores: Scores) -> dict[str, dict[str, int]]:
    return {
        month: ranked({name: score for name, index in of.items() if (score := scores(index)) is not None})
        for month, of in found.items()
    }


def _mean_returns(platforms: Mapping[str, Facts]) -> dict[str, int]:
    rates = {
        platform: [facts.figures[f"rate_bp_{term}"] for term in TERMS if f"rate_bp_{term}" in facts.figures]
        for platform, facts in platforms.items()
    }
    return {platform: _mean(of) for platform, of in rates.items() if of}


def _mean(figures: Sequence[Figure]) -> int:
    return sum(figure.value for figure in figures) // len(figures)


def area_at(
    ends: Ends, name: str, table: Mapping[str, Mapping[str, int]], lag: int, resamples: int = RESAMPLES
) -> Area:
    """One figure at one lag. A platform that the figure says nothing of stands in the middle."""
    platforms = sorted(platform for platform, months in ends.months.items() if len(months) > lag)
    scored = [
        (table[ends.months[platform][-1 - lag]].get(platform, 500), platform in ends.bad) for platform in platforms
    ]
    chance = random.Random(f"{SEED} {name} {lag}")  # noqa: S311 -- a repeatable interval, no secret
    again = sorted(area(chance.choices(scored, k=len(scored))) for _ in range(resamples))
    low, high = (again[int(resamples * share)] for share in (0.025, 0.975)) if again else (0.0, 1.0)
    return Area(name, lag, len(scored), sum(bad for _, bad in scored), area(scored), low, high)


def area(scored: Sequence[tuple[int, bool]]) -> float:
    """How often a bad one stands above a good one, ties counting half; 0.5 where there are none of a kind."""
    counts: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for score, bad in scored:
        counts[score][bad] += 1
    good = sum(of[0] for of in counts.values())
    ill = len(scored) - good
    if not good or not ill:
        return 0.5
    below, wins = 0, 0.0
    for score in sorted(counts):
        wins += counts[score][1] * (below + counts[score][0] / 2)
        below += counts[score][0]
    return wins / (good * ill)
