"""A measured figure beside its limit and its bar, and how a table of them is shown."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """`value` and `limit` are of the same run and in the same `unit`; `ratio` = value / limit is what is compared."""

    name: str
    value: float
    limit: float
    unit: str
    bar: float
    goal: float
    higher_is_better: bool = True

    @property
    def ratio(self) -> float:
        """Value over limit."""
        return self.value / self.limit

    @property
    def holds(self) -> bool:
        """Whether the first bar is reached."""
        return self.ratio >= self.bar if self.higher_is_better else self.ratio <= self.bar


def median_pair(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """The (value, limit) pair with the median ratio: a pair is of one round, so a drifting machine drifts in both."""
    ordered = sorted(pairs, key=lambda pair: pair[0] / pair[1])
    return ordered[len(ordered) // 2]


def spread(pairs: list[tuple[float, float]]) -> str:
    """Lowest and highest ratio, for the log."""
    ratios = [value / limit for value, limit in pairs]
    return f"{min(ratios):.2f} to {max(ratios):.2f}, median {statistics.median(ratios):.2f}, {len(ratios)} rounds"


def as_json(figures: list[Figure]) -> list[dict[str, Any]]:
    """Plain objects, with ratio and whether the bar holds."""
    return [{**asdict(figure), "ratio": round(figure.ratio, 4), "holds": figure.holds} for figure in figures]


def show(figures: list[Figure], console: Console) -> None:
    """A table for people."""
    table = Table("figure", "value", "limit", "unit", "ratio", "bar", "goal", "")
    for figure in figures:
        sign = ">=" if figure.higher_is_better else "<="
        table.add_row(
            figure.name, f"{figure.value:,.1f}", f"{figure.limit:,.1f}", figure.unit, f"{figure.ratio:.2f}",
            f"{sign} {figure.bar:g}", f"{sign} {figure.goal:g}", "ok" if figure.holds else "below",
        )  # fmt: skip
    if not console.is_terminal:
        console.width = 120  # nobody tells how wide a file is; names and figures stay whole
    console.print(table)
