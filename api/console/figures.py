"""Figures of an alert against the thresholds of its rule: which belong together, in which unit, on which side."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from api.console.sentences import label_of
from api.console.speech import Speech
from api.console.words import N_
from projections.alerts import Alert
from risk.document import Rule

# `payers >= k`, `owed > cap + tolerance` in a rule's condition; products are left alone: they are no bar to draw.
_PAIR: Final = re.compile(
    r"(?<![*/+-] )\b([a-z][a-z0-9_]*) (>=|<=|>|<) ([a-z][a-z0-9_]*)\b(?: \+ ([a-z][a-z0-9_]*)\b)?(?! ?[*/+(-])"
)
_FORM: Final = re.compile(r"\{([a-z][a-z0-9_]*)\|([a-z]+)\}")
_SUFFIXES: Final = {
    "_minor": "money",
    "_bp": "bp",
    "_pct": "pct",
    "_day": "date",
    "_days": "days",
    "_active": "date",  # of a reporter: the first and the last day with reports
    "longest_gap": "days",
    "_seconds": "seconds",
    "_minutes": "minutes",
}
WIDTH: Final = 100
_FIRST_DAY: Final = 3_650  # no fact of a ledger is of before 1980


class Measure(NamedTuple):
    """A figure; with the threshold that it was held against, and both as lengths of a bar, where there is one."""

    label: str
    value: str
    sign: str
    threshold: str
    beyond: bool
    bar: int
    mark: int


class _Pair(NamedTuple):
    sign: str
    other: str
    limit: int


def measures(alert: Alert, rule: Rule | None, currency: str | None, say: Speech) -> tuple[list[Measure], list[Measure]]:
    """The alert's figures, and the parameters that none of them was held against."""
    forms = _forms(rule)
    pairs = _pairs(rule, {**alert.params, **alert.figures}, alert.figures)

    def form(*names: str) -> str:
        return next(filter(None, [*map(forms.get, names), *map(_suffix, names)]), "")

    def one(name: str, value: int) -> Measure:
        label = label_of(name, say)
        pair = pairs.get(name)
        if pair is None:
            return _bare(label, _shown(form(name), value, currency, say))
        scale = max(abs(value), abs(pair.limit), 1) * 1.1
        unit = form(name, pair.other)  # a threshold has the unit of what is held against it
        return Measure(
            label,
            _shown(unit, value, currency, say),
            _SIGNS[pair.sign],
            _shown(unit, pair.limit, currency, say),
            _BEYOND[pair.sign](value, pair.limit),
            max(1, round(WIDTH * abs(value) / scale)),
            round(WIDTH * abs(pair.limit) / scale),
        )

    used = {pair.other for pair in pairs.values()}
    order = {name: place for place, name in enumerate(rule.evidence.columns if rule else ())}
    told = [(name, value) for name, value in alert.figures.items() if name not in used]
    told.sort(key=lambda each: order.get(each[0], len(order)))
    rest = [(name, value) for name, value in alert.params.items() if name not in used and name not in pairs]
    return [one(*each) for each in told], [one(*each) for each in rest]


def thresholds(rule: Rule, say: Speech) -> list[Measure]:
    """The parameters of a rule with their defaults. Money stays a number where its currency is the finding's."""
    return settings(rule, rule.params, say)


def settings(rule: Rule, params: Mapping[str, int], say: Speech) -> list[Measure]:
    """The same of a run, which may have had other values, and other parameters in an older version."""
    forms = _forms(rule)
    return [
        _bare(label_of(name, say), _shown(forms.get(name, _suffix(name)), value, None, say))
        for name, value in params.items()
    ]


def _bare(label: str, value: str) -> Measure:
    """A figure that was held against nothing."""
    return Measure(label, value, "", "", beyond=False, bar=0, mark=0)


_SIGNS: Final = {">=": "≥", "<=": "≤", ">": ">", "<": "<"}
_BEYOND: Final[Mapping[str, Callable[[int, int], bool]]] = {
    ">=": lambda value, limit: value >= limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    "<": lambda value, limit: value < limit,
}


def _pairs(rule: Rule | None, values: Mapping[str, int], figures: Mapping[str, int]) -> dict[str, _Pair]:
    """What each figure was held against: a parameter, another figure, or the sum of two of them. The first counts."""
    pairs: dict[str, _Pair] = {}
    for left, sign, right, more in _PAIR.findall(" ".join(rule.having.split()) if rule else ""):
        if left in figures and right in values and (not more or more in values):
            pairs.setdefault(left, _Pair(sign, right, values[right] + (values[more] if more else 0)))
    return pairs


def _forms(rule: Rule | None) -> dict[str, str]:
    """How the reason sentence writes a figure tells what it is: `{total|money}`."""
    return dict(_FORM.findall(rule.reason.en)) if rule else {}


def _suffix(name: str) -> str:
    return next((form for suffix, form in _SUFFIXES.items() if name.endswith(suffix)), "")


def _shown(form: str, value: int, currency: str | None, say: Speech) -> str:
    if form == "date" and abs(value) < _FIRST_DAY:
        form = ""  # `k_day` is how many a day, not a day
    write = _WRITTEN.get(form)
    if form == "money":
        return say.money(value, currency) if currency else say.text(N_("%(num)s minor units"), num=say.number(value))
    return write(say, value) if write else say.number(value)


def _seconds(say: Speech, value: int) -> str:
    if value < 120:
        return say.plural("%(num)s second", "%(num)s seconds", value)
    return say.plural("%(num)s minute", "%(num)s minutes", -(-value // 60))


_WRITTEN: Final[Mapping[str, Callable[[Speech, int], str]]] = {
    "bp": lambda say, value: say.rate(f"{value}e-4"),
    "pct": lambda say, value: say.rate(f"{value}e-2"),
    "date": Speech.day,
    "minutes": _seconds,  # reason sentences write seconds so
    "seconds": _seconds,
    "days": lambda say, value: say.plural("%(num)s day", "%(num)s days", value),
}
