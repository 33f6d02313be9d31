"""What a dimension is made from, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

WORST = 1000
EVIDENCE_MAX = 50  # positions shown of one figure; what it was counted from may be more


class Figure(NamedTuple):
    """An integer, and the events it was counted from."""

    value: int
    positions: tuple[int, ...] = ()


class Said(NamedTuple):
    """Words of an event: a title, a purpose, a note."""

    position: int
    text: str


class Facts(NamedTuple):
    """What is known of one platform's month. A figure that is not there is not known; zero is a figure."""

    figures: Mapping[str, Figure]
    said: tuple[Said, ...] | None = None  # None: nobody looked; empty: it said nothing
    silent: bool = False  # nothing was heard of it in the month: it is judged, and is nobody's peer


Market = Mapping[str, Mapping[str, Facts]]  # month (YYYY-MM) -> platform -> its facts


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure of a dimension as it was judged.

    `against` is what it was held against: the month's median of `peers` platforms (itself among them), or a threshold
    where `peers` is None. `score` is None where the figure does not count, and `reason` says why.
    """

    name: str
    value: int | None
    score: int | None
    against: int | None = None
    peers: int | None = None
    reason: str | None = None
    positions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Dimension:
    """The mean of the figures that count. None, with a reason, where there is none: nothing is made up for it."""

    name: str
    score: int | None
    reason: str | None
    figures: tuple[Shown, ...]


# The dimension of every platform that has facts in the month; sees that month and earlier ones only.
Measure = Callable[[Market, str], dict[str, Dimension]]


def until(market: Market, month: str) -> Market:
    """The market as of the end of a month: what came later is not there."""
    return {each: market[each] for each in sorted(market) if each <= month}


def before(month: str, months: int) -> str:
    """The month (YYYY-MM) that many months earlier; three before 2018-02 is 2017-11."""
    number = int(month[:4]) * 12 + int(month[5:]) - 1 - months
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def dimension(name: str, figures: tuple[Shown, ...], *, worst: bool = False) -> Dimension:
    """From its figures: their mean, rounded down, or the `worst` of them."""
    scores = [each.score for each in figures if each.score is not None]
    if not scores:
        reasons = sorted({each.reason for each in figures if each.reason})
        return Dimension(name, None, ", ".join(reasons) or "no_figures", figures)
    return Dimension(name, max(scores) if worst else sum(scores) // len(scores), None, figures)
