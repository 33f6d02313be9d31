"""A platform among the platforms of the same month. Ranks need no scale, and one outlier moves nobody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from risk.index.form import WORST, Facts, Figure, Shown

PEERS_MIN = 3  # among two, the better is always best and the worse always worst


def median(values: Sequence[int]) -> int:
    """The middle one; of two in the middle their mean, rounded down."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2


def ranked(values: Mapping[str, int]) -> dict[str, int]:
    """The share of platforms with a lower value, in thousandths; equal values share the middle of their places."""
    counts: dict[int, int] = {}
    for value in values.values():
        counts[value] = counts.get(value, 0) + 1
    below, score = 0, {}
    for value in sorted(counts):
        score[value] = WORST * (2 * below + counts[value]) // (2 * len(values))
        below += counts[value]
    return {platform: score[value] for platform, value in values.items()}


def among(name: str, platforms: Mapping[str, Facts], figures: Mapping[str, Figure]) -> dict[str, Shown]:
    """The figure of each of the month's `platforms`, scored by its rank; a higher value is a worse one."""
    values = {platform: figure.value for platform, figure in figures.items()}
    if len(values) < PEERS_MIN:
        return {
            platform: Shown(name, figure.value, None, None, len(values), "too_few_peers", figure.positions)
            if (figure := figures.get(platform))
            else missing(name)
            for platform in platforms
        }
    scores, middle = ranked(values), median(list(values.values()))
    return {
        platform: Shown(name, figure.value, scores[platform], middle, len(values), None, figure.positions)
        if (figure := figures.get(platform))
        else missing(name)
        for platform in platforms
    }


def missing(name: str) -> Shown:
    """A figure that is not known of this platform."""
    return Shown(name, None, None, reason="not_reported")


def banded(name: str, figure: Figure | None, least: int, most: int) -> Shown:
    """Held against a threshold: 0 up to `least`, worst from `most` on, in proportion between them."""
    if figure is None:
        return missing(name)
    score = min(max(figure.value - least, 0), most - least) * WORST // (most - least)
    return Shown(name, figure.value, score, least, None, None, figure.positions)
