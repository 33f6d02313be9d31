"""A backtest: what a rule would have found on each day of a period, with other thresholds perhaps. Records nothing.

Days never see each other, so a period is judged in chunks: progress can be shown, and a budget kept, between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from risk.compile import compile_rule, date_of
from risk.difference import Difference, compare
from risk.document import Loaded, RuleError
from risk.engines.judging import Engine, Files, judge
from risk.evaluator import evaluate, judged
from risk.findings import Finding, result_hash
from risk.labels import AtBudget, Label, held_against

if TYPE_CHECKING:
    import psycopg

CHUNK_DAYS = 30
PARAM_MAX = 2**53 - 1

Judge = Callable[[Sequence[int], Mapping[str, int]], list[Finding]]  # days, thresholds -> findings
Progress = Callable[[int, int], None]  # days judged, of how many


class Question(NamedTuple):
    """A rule over days (since 1970-01-01), with `params` in place of its own. `labels`: entity, first day, last day."""

    loaded: Loaded
    days: Sequence[int]
    params: Mapping[str, int]
    labels: Sequence[tuple[str, str, str]] = ()


class Tested(NamedTuple):
    """What came of it. `difference` is to the rule's own thresholds, where others were tried."""

    rule: str
    version: int
    params: dict[str, int]
    engine: str
    days: list[int]  # that were judged, since 1970-01-01
    cutoff: int
    findings: list[Finding]
    alerts: int  # that would have been, where nobody closes any
    result_hash: str
    own: list[Finding] | None  # what the rule's own thresholds find, where others were tried
    difference: Difference | None
    at_budgets: list[AtBudget] | None


def on_postgres(connection: psycopg.Connection, loaded: Loaded, cutoff: int) -> Judge:
    """Judge by the views themselves. The connection is within `standing_still`."""
    compiled = compile_rule(loaded)
    return lambda days, params: evaluate(connection, loaded.rule, compiled, days, cutoff, params)


def on_engine(engine: Engine, loaded: Loaded, table: pa.Table | Files) -> Judge:
    """Judge by the input as a table (or Parquet files), as of its cutoff."""
    return lambda days, params: judge(engine, loaded, table, days, params)


def backtest(
    loaded: Loaded,
    judge_days: Judge,
    days: Iterable[int],
    *,
    engine: str,
    cutoff: int,
    params: Mapping[str, int] | None = None,
    labels: Sequence[Label] | None = None,
    progress: Progress = lambda _done, _total: None,
) -> Tested:
    """Judge a period, and with other `params` the rule's own beside them. Raises RuleError, Inconclusive."""
    rule = loaded.rule
    own = dict(rule.params)
    asked = {**own, **check_params(loaded, params or {})}
    period = judged(rule, days)
    if not period:
        raise RuleError(f"{rule.id} version {rule.version} judges none of these days: {_judges(loaded)}.")
    tries = [asked] if asked == own else [asked, own]
    total = len(tries) * len(period)
    results = []
    for place, held in enumerate(tries):
        found: list[Finding] = []
        for done, chunk in _chunks(period):
            progress(place * len(period) + done, total)
            found += judge_days(chunk, held)
        results.append(found)
    progress(total, total)
    found = results[0]
    own_found = results[1] if len(results) > 1 else None
    difference = None if own_found is None else compare(own_found, found)
    return Tested(
        rule.id, rule.version, asked, engine, period, cutoff, found, episodes(found, rule.dedupe.merge_days),
        result_hash(found), own_found, difference, held_against(found, labels) if labels else None,
    )  # fmt: skip


def check_params(loaded: Loaded, params: Mapping[str, int]) -> dict[str, int]:
    """The thresholds, if the rule has them and they are integers that JSON carries. Raises RuleError."""
    known = loaded.rule.params
    if unknown := sorted(set(params) - set(known)):
        raise RuleError(f"{loaded.rule.id} has no parameter {', '.join(unknown)}; it has {', '.join(known)}.")
    for name, value in params.items():
        if abs(value) > PARAM_MAX:
            raise RuleError(f"{name} = {value} is beyond what a parameter may be, {PARAM_MAX}.")
    return dict(params)


def _judges(loaded: Loaded) -> str:
    effective, hop = loaded.rule.effective, loaded.rule.window.hop_days
    until = "" if effective.until is None else f" to {effective.until}"
    return f"it is in effect from {effective.since}{until}, every {hop} day(s)"


def _chunks(days: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
    return ((start, days[start : start + CHUNK_DAYS]) for start in range(0, len(days), CHUNK_DAYS))


def episodes(found: Iterable[Finding], merge_days: int) -> int:
    """How many alerts a period would have had where nobody closes any: findings of a key further apart count anew."""
    last: dict[str, int] = {}
    count = 0
    for each in sorted(found, key=lambda one: one.day):
        before = last.get(each.alert_key)
        count += before is None or each.day - before > merge_days
        last[each.alert_key] = each.day
    return count


def summary(tested: Tested, loaded: Loaded) -> dict[str, Any]:
    """The figures of a backtest, as JSON has them."""
    severities = [band.severity for band in loaded.rule.severity]
    by_severity = Counter(each.severity for each in tested.findings)
    answer: dict[str, Any] = {
        "rule": tested.rule, "version": tested.version, "params": tested.params, "engine": tested.engine,
        "days": len(tested.days), "first_day": _iso(tested.days[:1]), "last_day": _iso(tested.days[-1:]),
        "cutoff": tested.cutoff, "findings": len(tested.findings), "alerts": tested.alerts,
        "by_severity": {name: by_severity[name] for name in severities}, "by_day": by_day(tested, severities),
        "result_hash": tested.result_hash,
        "difference": None if tested.difference is None else _difference(tested.difference),
    }  # fmt: skip
    if tested.at_budgets is not None:
        answer["labels"] = [each._asdict() for each in tested.at_budgets]
    return answer


def by_day(tested: Tested, severities: Sequence[str]) -> list[dict[str, Any]]:
    """Findings by day and severity, days without any left out."""
    counts = Counter((each.day, each.severity) for each in tested.findings)
    return [
        {"day": date_of(day).isoformat(), **{name: counts[day, name] for name in severities if counts[day, name]}}
        for day in sorted({day for day, _ in counts})
    ]


def item(each: Finding) -> dict[str, Any]:
    """A finding, as JSON has it."""
    return {
        "day": date_of(each.day).isoformat(), "key": each.key, "severity": each.severity, "score": each.score,
        "figures": each.figures, "evidence": list(each.evidence), "reason": {"zh": each.zh, "en": each.en},
    }  # fmt: skip


def _difference(difference: Difference) -> dict[str, int]:
    """In matters: what these thresholds add to the rule's own, what they leave out, what both find."""
    return {
        "added": len(difference.only_right), "left_out": len(difference.only_left), "both": len(difference.both),
    }  # fmt: skip


def _iso(days: Sequence[int]) -> str | None:
    return date_of(days[0]).isoformat() if days else None
