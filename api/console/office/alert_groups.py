"""Where the alerts of a filter come from: counted by rule and by platform, each line a narrower filter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from api.console.office.filters import Filters
from api.console.reasons import title_of
from api.console.speech import Speech
from api.console.words import N_, SEVERITIES
from projections.tallies import Group
from risk.document import Loaded

LINES: Final = 10  # of each list; the rest is told as one number


class Line(NamedTuple):
    """A rule or a platform: the address of its alerts, how many there are, and how many of each severity."""

    said: str
    address: str
    alerts: int
    severities: list[tuple[str, int]]


class Divided(NamedTuple):
    """One list: the lines with the most alerts, the most first, and how many alerts stand in none of them."""

    title: str
    lines: list[Line]
    rest: int


def of(
    groups: Sequence[Group], chosen: Filters, rules: Mapping[str, Loaded], platforms: Mapping[str, str], say: Speech
) -> list[Divided]:
    """By rule and by platform, where the filter hasn't chosen one already and there is more than one."""
    first = replace(chosen, cursor="")
    by_rule = {} if chosen.rule else _counted((each.rule, each) for each in groups)
    by_platform = {} if chosen.platform else _counted((each.platform, each) for each in groups if each.platform)
    lists = [
        (N_("By rule"), [
            _line(title_of(name, rules, say.tag).text, replace(first, rule=name), counts)
            for name, counts in by_rule.items()
        ]),
        (N_("By platform"), [
            _line(platforms.get(name, name), replace(first, platform=name), counts)
            for name, counts in by_platform.items()
        ]),
    ]  # fmt: skip
    return [_divided(say.text(title), lines) for title, lines in lists if len(lines) > 1]


def _counted(groups: Iterable[tuple[str, Group]]) -> dict[str, Counter[str]]:
    counted: dict[str, Counter[str]] = {}
    for name, each in groups:
        counted.setdefault(name, Counter())[each.severity] += each.alerts
    return counted


def _line(said: str, narrower: Filters, counts: Counter[str]) -> Line:
    return Line(said, narrower.address(), counts.total(), [(code, counts[code]) for code in SEVERITIES if counts[code]])


def _divided(title: str, lines: list[Line]) -> Divided:
    ranked = sorted(lines, key=lambda line: (-line.alerts, line.said))
    return Divided(title, ranked[:LINES], sum(line.alerts for line in ranked[LINES:]))
