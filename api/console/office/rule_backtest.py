"""A rule tried on the past from a form: with its own thresholds or others, against what is known to have been wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from starlette.responses import Response
from starlette.routing import Route

from api import trying
from api.console.charts import Chart, Series
from api.console.figures import thresholds
from api.console.office.rule_frame import framed, no_query, rule_of
from api.console.office.rules import RULES
from api.console.reasons import told
from api.console.shell import Shell
from api.console.speech import Speech
from api.console.visits import Visit
from api.console.words import SEVERITIES
from api.problems import Problem
from risk import curve
from risk.backtest import Question, Tested
from risk.compile import date_of
from risk.difference import strongest
from risk.document import Loaded
from risk.findings import Finding
from risk.labels import Label, LabelError, read_labels

PERIOD_DAYS: Final = 30  # what the form begins with
SHOWN_MAX: Final = 100
PREFIX: Final = "p_"
# What is shown in place, with what was typed; anything else is a page of its own.
TOLD: Final = frozenset({"invalid_parameter", "too_long", "overloaded", "unavailable"})


class Field(NamedTuple):
    """A threshold in the form: its own value, and what was typed instead."""

    name: str
    label: str
    own: str
    value: str


class Line(NamedTuple):
    """A severity and how many findings had it."""

    severity: str
    number: int


def routes(shell: Shell) -> list[Route]:
    """/console/rules/{name}/backtest."""

    def blank(visit: Visit) -> Response:
        no_query(visit)
        today = shell.services.now().astimezone(visit.speech.zone).date()
        form = {"from": f"{today - timedelta(days=PERIOD_DAYS)}", "to": f"{today - timedelta(days=1)}"}
        return _page(shell, visit, form)

    async def judge(visit: Visit, form: dict[str, str]) -> Response:
        form.pop("csrf", None)
        loaded = rule_of(shell, visit)
        try:
            asked, labels = _question(loaded, form)
            tested = (await asyncio.to_thread(shell.services.backtest, asked)).value
        except Problem as problem:
            if problem.code not in TOLD:
                raise
            return await asyncio.to_thread(_page, shell, visit, form, problem=problem)
        return await asyncio.to_thread(_page, shell, visit, form, tested=tested, labels=labels)

    own = f"{RULES}/{{name}}/backtest"
    return [
        Route(own, shell.page(blank), methods=["GET"], include_in_schema=False),
        Route(own, shell.action(judge), methods=["POST"], include_in_schema=False),
    ]


def _question(loaded: Loaded, form: Mapping[str, str]) -> tuple[Question, list[Label]]:
    """What the form asks. Raises Problem for what can't be meant."""
    known = {"from", "to", "labels", *(PREFIX + name for name in loaded.rule.params)}
    if unknown := sorted(form.keys() - known):
        raise Problem("invalid_parameter", f"the form has no field {unknown[0][:60]!r}.")
    days = trying.days(_day(form, "from"), _day(form, "to"))
    params = {}
    for name in loaded.rule.params:
        text = form.get(PREFIX + name)
        if text is not None:
            params[name] = _whole(name, text)
    try:
        labels = read_labels(form["labels"].splitlines()) if "labels" in form else []
    except LabelError as error:
        raise Problem("invalid_parameter", str(error)) from None
    rows = [(each.entity, f"{date_of(each.first_day)}", f"{date_of(each.last_day)}") for each in labels]
    return Question(loaded, days, params, rows), labels


def _day(form: Mapping[str, str], name: str) -> date:
    try:
        found = date.fromisoformat(form.get(name, ""))
    except ValueError:
        raise Problem("invalid_parameter", f"{name} is to be a day, YYYY-MM-DD.") from None
    if found.year < 1970:
        raise Problem("invalid_parameter", f"{name} is to be a day from 1970 on.")
    return found


def _whole(name: str, text: str) -> int:
    plain = text.replace(",", "").replace("_", "")
    try:
        return int(plain[:40])
    except ValueError:
        raise Problem("invalid_parameter", f"{name} is to be a whole number, not {text[:40]!r}.") from None


def _page(
    shell: Shell,
    visit: Visit,
    form: Mapping[str, str],
    *,
    tested: Tested | None = None,
    labels: Sequence[Label] = (),
    problem: Problem | None = None,
) -> Response:
    loaded, say = rule_of(shell, visit), visit.speech
    return shell.render(
        visit,
        "office/rule_backtest.html",
        problem.status if problem else 200,
        **framed(shell, visit, loaded, "/backtest"),
        form={"from": "", "to": "", "labels": "", **form},
        fields=_fields(loaded, form, say),
        problem=problem,
        days_max=trying.DAYS_MAX,
        tested=tested,
        result=None if tested is None else _result(loaded, tested, labels, say),
        tell=lambda each: told(each.zh, each.en, say.tag),
    )


def _fields(loaded: Loaded, form: Mapping[str, str], say: Speech) -> list[Field]:
    named = zip(loaded.rule.params.items(), thresholds(loaded.rule, say), strict=True)
    return [Field(name, each.label, each.value, form.get(PREFIX + name, str(value))) for (name, value), each in named]


def _result(loaded: Loaded, tested: Tested, labels: Sequence[Label], say: Speech) -> dict[str, Any]:
    """What the page shows of an answer."""
    difference = tested.difference
    by_severity = [Line(band.severity, 0) for band in loaded.rule.severity]
    counted = [
        line._replace(number=sum(each.severity == line.severity for each in tested.findings)) for line in by_severity
    ]
    lists: list[tuple[str, Sequence[Finding], int]] = []
    if difference is not None:
        lists += [
            (
                say.text("Found only with these thresholds"),
                difference.only_right[:SHOWN_MAX],
                len(difference.only_right),
            ),
            (say.text("Found only with the rule's own"), difference.only_left[:SHOWN_MAX], len(difference.only_left)),
        ]
    best = strongest(tested.findings)
    lists.append((say.text("The strongest matters"), best[:SHOWN_MAX], len(best)))
    return {
        "severities": counted,
        "matters": len(best),
        "changed": difference is not None,
        "added": len(difference.only_right) if difference else 0,
        "left_out": len(difference.only_left) if difference else 0,
        "both": len(difference.both) if difference else 0,
        "own": len(strongest(tested.own)) if tested.own is not None else None,
        "lists": lists,
        "budgets": tested.at_budgets or [],
        "charts": _charts(loaded, tested, labels, say),
    }


def _charts(loaded: Loaded, tested: Tested, labels: Sequence[Label], say: Speech) -> list[Chart]:
    found = [_by_day(loaded, tested, say), *_by_score(tested, labels, say)]
    names = {each.name: each.label for each in _fields(loaded, {}, say)}
    found += (
        Chart(
            kind="line",
            title=say.text("Matters left at a higher threshold: %(name)s", name=names[each.name]),
            along=names[each.name],
            labels=[say.number(point.at) for point in each.points],
            series=[Series(say.text("Matters"), [point.matters for point in each.points])],
        )
        for each in curve.by_parameter(loaded, tested.findings, tested.params)
    )
    return found


def _by_day(loaded: Loaded, tested: Tested, say: Speech) -> Chart:
    place = {day: number for number, day in enumerate(tested.days)}
    series = []
    for band in reversed(loaded.rule.severity):
        values = [0] * len(tested.days)
        for each in tested.findings:
            if each.severity == band.severity:
                values[place[each.day]] += 1
        series.append(Series(say.text(SEVERITIES[band.severity]), values, band.severity))
    return Chart(
        kind="stacked",
        title=say.text("Findings by day"),
        along=say.text("Day"),
        labels=[say.day(day) for day in tested.days],
        series=series,
    )


def _by_score(tested: Tested, labels: Sequence[Label], say: Speech) -> list[Chart]:
    points = curve.by_score(tested.findings, labels).points
    at = [say.number(point.at) for point in points]
    charts = [
        Chart(
            kind="line",
            title=say.text("Matters that reach a score"),
            along=say.text("Score"),
            labels=at,
            series=[Series(say.text("Matters"), [point.matters for point in points])],
        )
    ]
    if labels:
        parts = [
            (say.text("Precision"), [p.precision_bp for p in points]),
            (say.text("Recall"), [p.recall_bp for p in points]),
        ]
        charts.append(
            Chart(
                kind="line",
                title=say.text("Precision and recall from a score on"),
                along=say.text("Score"),
                labels=at,
                unit="rate",
                series=[
                    Series(said, [None if bp is None else Decimal(bp) / 10_000 for bp in values])
                    for said, values in parts
                ],
            )
        )
    return charts
