"""Which alerts point at which planted fraud. Pure: alerts and plants in, verdicts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ops.simulator.model import Planted

LEAST_SHARED = 3  # positions that evidence and fraud have in common, where the subject names nobody of the fraud


class Alert(NamedTuple):
    """What matters here of an alert."""

    id: str
    rule: str
    subjects: frozenset[str]
    evidence: frozenset[int]
    last_day: date


class Verdict(NamedTuple):
    """What became of one fraud: the alerts that point at it, by rule."""

    planted: Planted
    rules: Counter[str]

    @property
    def found(self) -> bool:
        """True where any alert points at it."""
        return bool(self.rules)


def code(planted: Planted) -> str:
    """The typology's code, with which the ids of its rules begin: `I03`."""
    return planted.typology.partition(" ")[0]


def judge(
    planted: Sequence[Planted], alerts: Iterable[Alert], positions: Mapping[str, frozenset[int]]
) -> tuple[list[Verdict], int]:
    """A verdict per fraud, and how many alerts point at none. `positions` has each fraud's events by its name."""
    verdicts = [Verdict(each, Counter()) for each in planted]
    other = 0
    for alert in alerts:
        hits = [
            each for each in verdicts if points_at(alert, each.planted, positions.get(each.planted.name, frozenset()))
        ]
        for verdict in hits:
            verdict.rules[alert.rule] += 1
        other += not hits
    return verdicts, other


def points_at(alert: Alert, planted: Planted, positions: frozenset[int]) -> bool:
    """The alert names somebody of the fraud, or rests for the most part on its events; and not before it began.

    A platform is the subject of many alerts: where it is the culprit itself, the rule must be of the typology as well.
    """
    if alert.last_day < planted.since:
        return False
    named = alert.subjects & set(planted.subjects)
    if any(not name.startswith("platform:") for name in named):
        return True
    if named and alert.rule.startswith(code(planted)):
        return True
    shared = len(alert.evidence & positions)
    return shared >= LEAST_SHARED and shared * 2 >= len(alert.evidence)
