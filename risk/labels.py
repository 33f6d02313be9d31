"""Labels: what is known to have been wrong, and how much of it a backtest finds at what cost. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from risk.compile import days_since_epoch
from risk.difference import strongest
from risk.findings import Finding

BUDGETS = (100, 200, 500, 1_000)
ROWS_MAX = 200_000
_HEAD = ("entity", "first_day", "last_day")


class LabelError(ValueError):
    """The labels can't be read; the message names the line and what was expected."""


class Label(NamedTuple):
    """An entity (a key such as `party:alpha/U-1`) that was at it from `first_day` to `last_day`, since 1970-01-01."""

    entity: str
    first_day: int
    last_day: int


class AtBudget(NamedTuple):
    """The strongest `budget` alerts: how many there were, how many hit a label, and how many labels they hit."""

    budget: int
    alerts: int
    hits: int
    found: int
    precision_bp: int | None  # basis points; None where there are no alerts
    recall_bp: int


def read_labels(lines: Iterable[str]) -> list[Label]:
    """CSV with the head `entity,first_day,last_day`; dates as YYYY-MM-DD. Raises LabelError."""
    rows = csv.reader(lines, strict=True)
    try:
        head = tuple(cell.strip().removeprefix("\ufeff") for cell in next(rows, []))
        if head != _HEAD:
            raise LabelError(f"the first line is to be {','.join(_HEAD)}, not {','.join(head) or 'empty'!s}.")
        labels = [_label(row, number) for number, row in enumerate(rows, start=2) if row]
    except csv.Error as error:
        raise LabelError(f"the labels are no CSV: {error}.") from None
    return _checked(labels)


def labels_of(rows: Sequence[tuple[str, str, str]]) -> list[Label]:
    """The same from rows. Raises LabelError."""
    return _checked([_label(list(row), number) for number, row in enumerate(rows, start=1)])


def _checked(labels: list[Label]) -> list[Label]:
    if not labels:
        raise LabelError("there are no labels: without any, nothing can be found or missed.")
    if len(labels) > ROWS_MAX:
        raise LabelError(f"there are {len(labels)} labels; at most {ROWS_MAX} are held against a backtest.")
    return labels


def _label(row: list[str], line: int) -> Label:
    if len(row) != len(_HEAD):
        raise LabelError(f"label {line} has {len(row)} columns, not {', '.join(_HEAD)}.")
    entity, first, last = (cell.strip() for cell in row)
    try:
        days = days_since_epoch(date.fromisoformat(first)), days_since_epoch(date.fromisoformat(last))
    except ValueError:
        raise LabelError(f"label {line}: {first!r} and {last!r} are to be days, YYYY-MM-DD.") from None
    if not entity or days[1] < days[0]:
        raise LabelError(f"label {line} names no entity, or ends before it begins.")
    return Label(entity, *days)


def held_against(found: Iterable[Finding], labels: Sequence[Label], budgets: Sequence[int] = BUDGETS) -> list[AtBudget]:
    """Precision and recall of the strongest alerts at each budget, in strict order of score.

    An alert is a matter (a dedupe key) with its strongest finding. It hits a label if it names the entity, as subject
    or in its key, and its window and the label's days have one in common.
    """
    by_entity: dict[str, list[int]] = {}
    for number, label in enumerate(labels):
        by_entity.setdefault(label.entity, []).append(number)
    hit = [_hit(each, labels, by_entity) for each in strongest(found, max(budgets))]
    return [_at(budget, hit[:budget], len(labels)) for budget in budgets]


def _hit(each: Finding, labels: Sequence[Label], by_entity: dict[str, list[int]]) -> set[int]:
    named = {*each.subject, *each.key.values()}
    return {
        number
        for entity in named
        for number in by_entity.get(entity, ())
        if labels[number].first_day <= each.day and each.first_day <= labels[number].last_day
    }


def _at(budget: int, hit: Sequence[set[int]], labels: int) -> AtBudget:
    hits = sum(bool(each) for each in hit)
    found = len(set().union(*hit))
    precision = 10_000 * hits // len(hit) if hit else None
    return AtBudget(budget, len(hit), hits, found, precision, 10_000 * found // labels)
