"""What two ways of judging the same days find: only the one, only the other, both, at an equal budget. Pure.

A candidate version beside the live one, or other thresholds beside the defaults: the one that finds more finds more of
everything, so both are held against each other by what a person could look at, the strongest `budget` matters of each.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from risk.findings import Finding


class Difference(NamedTuple):
    """Matters (alert keys), each with its strongest finding; strongest first."""

    only_left: tuple[Finding, ...]
    only_right: tuple[Finding, ...]
    both: tuple[tuple[Finding, Finding], ...]  # the left's and the right's, in the left's order


def strongest(found: Iterable[Finding], budget: int | None = None) -> list[Finding]:
    """The strongest finding of each matter, in strict order of score; the first `budget` of them.

    Findings come in their total order within a day: of equal scores the earlier day and, in it, the earlier place goes
    first. Nothing is left to chance.
    """
    best: dict[str, Finding] = {}
    place: dict[str, tuple[int, int, int]] = {}
    for number, each in enumerate(found):
        rank = (-each.score, each.day, number)
        if each.alert_key not in place or rank < place[each.alert_key]:
            best[each.alert_key], place[each.alert_key] = each, rank
    ordered = sorted(best, key=lambda key: place[key])
    return [best[key] for key in ordered[:budget]]


def compare(left: Iterable[Finding], right: Iterable[Finding], budget: int | None = None) -> Difference:
    """The matters of both sides at a budget (None: all). Both have to be of the same rule id and the same days."""
    ours, theirs = strongest(left, budget), strongest(right, budget)
    right_by_key = {each.alert_key: each for each in theirs}
    left_keys = {each.alert_key for each in ours}
    return Difference(
        tuple(each for each in ours if each.alert_key not in right_by_key),
        tuple(each for each in theirs if each.alert_key not in left_keys),
        tuple((each, right_by_key[each.alert_key]) for each in ours if each.alert_key in right_by_key),
    )
