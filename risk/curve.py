"""How much a rule would find at other thresholds, told from what it found at these. Pure.

By score: an office that looks at what reaches a score. By parameter: only where the condition is a plain conjunction
that holds one figure against this parameter, and nothing else depends on it; then raising the threshold leaves out
the findings whose figure doesn't reach it, and changes nothing else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from risk.difference import strongest
from risk.document import SCORE_MAX, Loaded
from risk.findings import Finding
from risk.labels import Label, held_against

STEPS: Final = 20


class Point(NamedTuple):
    """At a threshold: how many matters there are, and against labels which part is right and found (basis points)."""

    at: int
    matters: int
    precision_bp: int | None = None
    recall_bp: int | None = None


class Curve(NamedTuple):
    """Along a parameter, or along the score (`name` empty)."""

    name: str
    points: Sequence[Point]


def by_score(found: Sequence[Finding], labels: Sequence[Label] | None = None) -> Curve:
    """Matters that reach each of twenty steps of the score; against labels also which part is right, and found."""
    scores = [each.score for each in strongest(found)]
    steps = range(0, SCORE_MAX + 1, SCORE_MAX // STEPS)
    counts = [sum(score >= at for score in scores) for at in steps]
    if not labels:
        return Curve("", [Point(at, count) for at, count in zip(steps, counts, strict=True)])
    # Matters go by score: those that reach a score are the strongest so many.
    held = held_against(found, labels, counts)
    return Curve(
        "",
        [
            Point(at, count, each.precision_bp, each.recall_bp)
            for at, count, each in zip(steps, counts, held, strict=True)
        ],
    )


def by_parameter(loaded: Loaded, found: Sequence[Finding], params: dict[str, int]) -> list[Curve]:
    """A curve for each parameter that can be told so, from the tried value to where nothing is found any more."""
    curves = []
    for figure, name, strict in lone_bounds(loaded):
        values = sorted({each.figures[figure] for each in found if figure in each.figures})
        if len(values) < 2:
            continue
        least = params[name]
        places = sorted({least, *(values[place * (len(values) - 1) // STEPS] for place in range(STEPS + 1))})
        points = [
            Point(at, _matters(each for each in found if _reaches(each.figures.get(figure), at, strict=strict)))
            for at in places
            if at >= least
        ]
        curves.append(Curve(name, points))
    return curves


def lone_bounds(loaded: Loaded) -> list[tuple[str, str, bool]]:
    """(figure, parameter, strict) of the conditions `figure >= parameter` that stand alone."""
    rule = loaded.rule
    tree = ast.parse(rule.having.strip(), mode="eval").body
    tests = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]
    everything = " ".join(
        [rule.having, rule.score.expr, rule.filter or "", *rule.measures.values(), loaded.sql or "", rule.shape or ""]
    )
    found = []
    for test in tests:
        bound = _bound(test)
        if bound is None or bound[1] not in rule.params or bound[0] not in rule.evidence.columns or rule.shape:
            continue
        if len(re.findall(rf"\b{bound[1]}\b", everything)) == 1:
            found.append(bound)
    return found


def _bound(test: ast.expr) -> tuple[str, str, bool] | None:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    left, right = test.left, test.comparators[0]
    if not isinstance(left, ast.Name) or not isinstance(right, ast.Name):
        return None
    if isinstance(test.ops[0], ast.GtE | ast.Gt):
        return left.id, right.id, isinstance(test.ops[0], ast.Gt)
    return None


def _reaches(figure: int | None, at: int, *, strict: bool) -> bool:
    return figure is not None and (figure > at if strict else figure >= at)


def _matters(found: Iterable[Finding]) -> int:
    return len({each.alert_key for each in found})
