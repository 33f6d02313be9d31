"""What choosing cost: the form of the index chosen again on other platforms than those that judge it.

The weights were chosen on earlier months of the same platforms that are judged. Here, again and again, the same choice
is made on one half of the platforms (months before their last three) and judged on the last three of the other half.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import product
from statistics import fmean
from typing import NamedTuple

from ops.bench.early_warning import CHOSEN_ON, JUDGED, SEED, Ends, History, area_at
from risk.index import complaints, compliance, returns, spread
from risk.index.combined import WEIGHTS, Index
from risk.index.peers import ranked

SPLITS = 50
CANDIDATES: tuple[Mapping[str, int], ...] = tuple(
    {compliance.NAME: WEIGHTS[compliance.NAME], returns.NAME: a, spread.NAME: b, complaints.NAME: c}
    for a, b, c in product((0, 1, 2, 3), (0, 1, 2, 3), (0, 1, 2))
    if a or b or c
)

Table = dict[str, dict[str, int]]  # month -> platform -> rank


class Choice(NamedTuple):
    """Means over the splits, by lag: of the weights chosen on one half, and of the shipped ones, both on the other."""

    candidates: int
    splits: int
    chosen: Mapping[int, float]
    shipped: Mapping[int, float]


def chosen_by_halves(ends: Ends, found: History, splits: int = SPLITS) -> Choice:
    """The choice among CANDIDATES, repeated on random halves of the platforms (as many of the bad ones in each)."""
    tables = [_weighted(found, weights) for weights in CANDIDATES]
    shipped = tables[CANDIDATES.index({name: WEIGHTS[name] for name in CANDIDATES[0]})]
    results: dict[int, list[tuple[float, float]]] = {lag: [] for lag in JUDGED}
    chance = random.Random(SEED)  # noqa: S311 -- repeatable halves, no secret
    for _ in range(splits):
        one, other = _halves(ends, chance)
        best = max(tables, key=lambda table: _mean_area(one, table, CHOSEN_ON))
        for lag, areas in results.items():
            areas.append((_mean_area(other, best, [lag]), _mean_area(other, shipped, [lag])))
    return Choice(
        len(CANDIDATES),
        splits,
        {lag: fmean(chosen for chosen, _ in areas) for lag, areas in results.items()},
        {lag: fmean(shipped for _, shipped in areas) for lag, areas in results.items()},
    )


def _weighted(found: History, weights: Mapping[str, int]) -> Table:
    table: Table = {}
    for month, of in found.items():
        scores = {platform: _score(index, weights) for platform, index in of.items()}
        table[month] = ranked({platform: score for platform, score in scores.items() if score is not None})
    return table


def _score(index: Index, weights: Mapping[str, int]) -> int | None:
    counted = [(each.score, weights.get(each.name, 0)) for each in index.dimensions if each.score is not None]
    whole = sum(weight for _, weight in counted)
    return sum(score * weight for score, weight in counted) // whole if whole else None


def _halves(ends: Ends, chance: random.Random) -> tuple[Ends, Ends]:
    one: set[str] = set()
    for group in (sorted(ends.bad), sorted(ends.months.keys() - ends.bad)):
        one.update(chance.sample(group, len(group) // 2))
    mine = {platform: months for platform, months in ends.months.items() if platform in one}
    others = {platform: months for platform, months in ends.months.items() if platform not in one}
    return ends._replace(months=mine), ends._replace(months=others)


def _mean_area(ends: Ends, table: Table, lags: Sequence[int]) -> float:
    return fmean(area_at(ends, "", table, lag, resamples=0).area for lag in lags)
