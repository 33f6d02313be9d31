"""Which alerts point at which planted fraud, or at something honest. Pure: alerts and plants in, verdicts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ops.simulator.model import Decoy, Planted

LEAST_SHARED = 3  # positions that evidence and fraud have in common, where the subject names nobody of the fraud
COMPOSITE = "X"  # with this begin the ids of rules that add up the findings of others
FOR_INFORMATION = "info"  # such an alert accuses nobody: it neither finds a fraud nor falls for what is honest
SEVERITIES = (FOR_INFORMATION, "low", "medium", "high", "critical")


class Alert(NamedTuple):
    """What matters here of an alert. It was first known on `first_day`, and stands as of `last_day`."""

    id: str
    rule: str
    subjects: frozenset[str]
    evidence: frozenset[int]
    first_day: date
    last_day: date
    severity: str = "medium"
    score: int = 0

    @property
    def urgency(self) -> tuple[int, int, str]:
        """The order in which alerts are worked: the most severe first, then by score; the id decides between equals."""
        return -SEVERITIES.index(self.severity), -self.score, self.id


class Verdict(NamedTuple):
    """What became of one fraud: the alerts that point at it, by rule, and the day on which the first was known."""

    planted: Planted
    rules: Counter[str]
    known: date | None = None

    @property
    def found(self) -> bool:
        """True where any alert points at it."""
        return bool(self.rules)

    @property
    def days(self) -> int | None:
        """From its first day to the first alert; none below zero, since a window may begin before the fraud."""
        return None if self.known is None else max((self.known - self.planted.since).days, 0)


def judge(
    planted: Sequence[Planted], alerts: Iterable[Alert], positions: Mapping[str, frozenset[int]]
) -> tuple[list[Verdict], list[Alert]]:
    """A verdict per fraud, and the alerts that point at none. `positions` has each fraud's events by its name."""
    hits: dict[str, list[Alert]] = {each.name: [] for each in planted}
    others = []
    for alert in alerts:
        named = [each for each in planted if points_at(alert, each, positions.get(each.name, frozenset()))]
        for each in named:
            hits[each.name].append(alert)
        if not named:
            others.append(alert)
    return [_verdict(each, hits[each.name]) for each in planted], others


def _verdict(planted: Planted, hits: Sequence[Alert]) -> Verdict:
    hits = [alert for alert in hits if alert.severity != FOR_INFORMATION]
    known = min((max(alert.first_day, planted.since) for alert in hits), default=None)
    return Verdict(planted, Counter(alert.rule for alert in hits), known)


def points_at(alert: Alert, planted: Planted, positions: frozenset[int]) -> bool:
    """The alert names somebody of the fraud, or rests for the most part on its events; and not before it began.

    A platform is the subject of many alerts: where it is the culprit itself, the rule must be of the typology as well,
    or a composite one.
    """
    if alert.last_day < planted.since:
        return False
    named = alert.subjects & set(planted.subjects)
    if any(not name.startswith("platform:") for name in named):
        return True
    if named and alert.rule.startswith((*planted.codes, COMPOSITE)):
        return True
    shared = len(alert.evidence & positions)
    return shared >= LEAST_SHARED and shared * 2 >= len(alert.evidence)


def falls_for(alert: Alert, decoy: Decoy) -> bool:
    """The alert takes something honest for the fraud that it resembles."""
    accuses = alert.severity != FOR_INFORMATION and alert.rule.startswith(decoy.typology)
    return accuses and bool(alert.subjects & set(decoy.subjects))
