"""The whole: a weighted mean of the dimensions that could be judged. It says which they were.

Weights are declared, not fitted. Those of returns, spread and complaints were chosen among a few whole numbers on
months before the last three of each platform (docs/platform-index.md says how); compliance weighs like the heaviest of
them, wording like the lightest, since no months with known ends show them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from risk.index import complaints, compliance, returns, spread, wording
from risk.index.form import Dimension, Market, Measure, until
from risk.index.peers import ranked

DIMENSIONS: Mapping[str, Measure] = {
    compliance.NAME: compliance.measure,
    returns.NAME: returns.measure,
    complaints.NAME: complaints.measure,
    spread.NAME: spread.measure,
    wording.NAME: wording.measure,
}
WEIGHTS: Mapping[str, int] = {
    compliance.NAME: 2, returns.NAME: 2, complaints.NAME: 1, spread.NAME: 2, wording.NAME: 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Index:
    """A platform's month. `rank` is its place among the platforms heard of then, in thousandths, 1000 the worst."""

    platform: str
    month: str
    score: int | None
    rank: int | None
    rests_on: tuple[str, ...]
    dimensions: tuple[Dimension, ...]
    reason: str | None = None


def indexed(market: Market, month: str) -> dict[str, Index]:
    """The index of every platform that has facts in the month, from that month and earlier ones only."""
    seen = until(market, month)
    measured = {name: measure(seen, month) for name, measure in DIMENSIONS.items()}
    found = {platform: [measured[name][platform] for name in DIMENSIONS] for platform in sorted(seen.get(month, {}))}
    scores = {platform: _mean(dimensions) for platform, dimensions in found.items()}
    heard = {platform for platform, facts in seen.get(month, {}).items() if not facts.silent}
    ranks = ranked({platform: score for platform, score in scores.items() if score is not None and platform in heard})
    return {
        platform: Index(
            platform,
            month,
            scores[platform],
            ranks.get(platform),
            tuple(each.name for each in dimensions if each.score is not None),
            tuple(dimensions),
            None if scores[platform] is not None else "no_dimension",
        )
        for platform, dimensions in found.items()
    }


def _mean(dimensions: list[Dimension]) -> int | None:
    """Rounded down; None where no dimension was judged."""
    counted = [(each.score, WEIGHTS[each.name]) for each in dimensions if each.score is not None]
    if not counted:
        return None
    return sum(score * weight for score, weight in counted) // sum(weight for _, weight in counted)
