"""How well the live rules find labelled patterns: the set goes into a scratch database and is judged night by night.

The unit is an alert: (rule, account, 28 days). It is right where the account belongs to a pattern with a transfer in
the 28 days up to the night of the alert. Alerts of all rules stand in one order: by score, then by how many events
they show, then by day, rule and account. The graph rules over first transfers share a scale, fixed on the first two
thirds of the days of the open sets (docs/BENCHMARKS.md); other rules come after them, by their own scores.

Nightly: a night sees the transfers up to its day. Retrospective: the rules' parameter `once` leaves out pairs that are
known, by the end, to have dealt with each other again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import psycopg

from ledger.intake import Intake
from ops.bench.labelled import Labels, read
from ops.bench.scratch import scratch_database
from ops.importers import formats
from ops.importers.direct import DirectSink
from ops.importers.run import run_import
from ops.settings import Settings
from ops.writer import open_appender
from projections.runner import run_until
from risk import document
from risk.compile import compile_rule
from risk.document import Loaded
from risk.evaluator import evaluate, judged, standing_still
from risk.findings import Finding, coalesce

BUDGETS = (100, 200, 500, 1_000)
BUCKET_DAYS = 28
ONE_SCALE = "v1.first_transfer"  # the input of the rules whose scores are on one scale
_LOOK_BACK = "once"


class Mode(StrEnum):
    """What a night knows."""

    NIGHTLY = "nightly"
    RETROSPECTIVE = "retrospective"


@dataclass(frozen=True)
class Alert:
    """The best finding that was sent about an account within a bucket."""

    rule: str
    account: str
    day: int
    bucket: int
    score: int
    events: int
    scaled: bool

    @property
    def order(self) -> tuple[Any, ...]:
        """Strict and total: no two alerts are equal in it."""
        return (not self.scaled, -self.score, -self.events, self.day, self.rule, self.account)


def measure(
    dsn: str, settings: Settings, folder: Path, modes: Sequence[Mode], say: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    """The table of one set in each mode. Raises ImportProblem where the set can't be read."""
    labels = read(folder)
    # Both are packed alike and only the source is called otherwise; a set of another name is read as AMLGentex.
    name = folder.name if folder.name in formats.FORMATS else "gentex"
    rules = [each for each in document.load_all().values() if each.rule.maturity == "live"]
    with scratch_database(dsn) as scratch:
        with open_appender(settings, scratch) as appender:
            sink = DirectSink(appender, Intake(settings.secret("identity")))
            figures = run_import(formats.importer(name), [folder], sink, lambda _: None)
        say(f"{folder.name}: {figures['accepted']:,} events imported")
        run_until(scratch)
        with psycopg.connect(scratch, autocommit=True) as connection:
            for mode in modes:
                alerts = [each for loaded in rules for each in _alerts(connection, loaded, labels, mode, say)]
                about = {"set": folder.name, "mode": mode.value, "transfers": figures["transactions"]}
                yield {**about, "accounts": figures["accounts"], **table(alerts, labels)}


def _alerts(
    connection: psycopg.Connection, loaded: Loaded, labels: Labels, mode: Mode, say: Callable[[str], None]
) -> list[Alert]:
    rule = loaded.rule
    look_back = {_LOOK_BACK: 1} if mode is Mode.RETROSPECTIVE and _LOOK_BACK in rule.params else {}
    days = judged(rule, range(labels.first_day, labels.last_day + 1))
    with standing_still(connection, rule) as cutoff:
        found = evaluate(connection, rule, compile_rule(loaded), days, cutoff, {**rule.params, **look_back})
    alerts = best(coalesce(found, {}), rule, labels.first_day)
    if alerts:
        say(f"{rule.id}: {len(found):,} findings, {len(alerts):,} alerts")
    return alerts


def best(sent: Iterable[Finding], rule: document.Rule, first_day: int) -> list[Alert]:
    """The alerts behind what a rule sent: the highest score of each account and bucket, the earliest of equals."""
    found: dict[tuple[str, int], Alert] = {}
    for each in sent:
        about = each.subject[: len(rule.subject)] if rule.subject else each.subject
        bucket = (each.day - first_day) // BUCKET_DAYS
        for party in about:
            account = party.rpartition("/")[2]
            this = Alert(rule.id, account, each.day, bucket, each.score, each.evidence_count, rule.input == ONE_SCALE)
            known = found.get((account, bucket))
            if party.startswith("party:") and (known is None or this.order < known.order):
                found[account, bucket] = this
    return list(found.values())


def table(alerts: Sequence[Alert], labels: Labels) -> dict[str, Any]:
    """Everything that is reported, from the alerts and the labels alone."""
    ranked = sorted(alerts, key=lambda each: each.order)
    days = labels.last_day - labels.first_day + 1
    cut = labels.first_day + days * 2 // 3  # first day of the last third
    early, late = [each for each in ranked if each.day < cut], [each for each in ranked if each.day >= cut]
    return {
        "days": days,
        "patterns": len(labels.typology),
        "alerts": len(ranked),
        "overall": {str(budget): _judged(ranked[:budget], labels, labels.first_day) for budget in BUDGETS},
        "typologies": _typologies(ranked, labels),
        "rules": _rules(ranked, labels),
        "last_third": {str(budget): _last_third(early, late, labels, budget, cut) for budget in BUDGETS},
        "shortcuts": {name: round(value, 3) for name, value in labels.shortcuts.items()},
    }


def _judged(alerts: Sequence[Alert], labels: Labels, since: int) -> dict[str, Any]:
    touched = [_right(each, labels) for each in alerts]
    there = {name for name, days in labels.days.items() if max(days) >= since}
    found = {name for names in touched for name in names} & there
    return {
        "alerts": len(alerts),
        "precision": _share(sum(bool(names) for names in touched), len(alerts)),
        "pattern_recall": _share(len(found), len(there)),
    }


def _right(alert: Alert, labels: Labels) -> list[str]:
    return labels.touched(alert.account, alert.day - BUCKET_DAYS + 1, alert.day)


def _typologies(ranked: Sequence[Alert], labels: Labels) -> dict[str, dict[str, Any]]:
    """By typology: the share of the alerts that are right about one of its patterns, and of its patterns found."""
    touched = [_right(each, labels) for each in ranked]
    of = Counter(labels.typology.values())
    rows: dict[str, dict[str, Any]] = {name: {} for name in sorted(of)}
    for budget in BUDGETS:
        for name, row in rows.items():
            hits = [[each for each in names if labels.typology[each] == name] for names in touched[:budget]]
            found = {each for names in hits for each in names}
            precision = _share(sum(map(bool, hits)), len(hits))
            row[str(budget)] = {"precision": precision, "pattern_recall": _share(len(found), of[name])}
    return rows


def _rules(ranked: Sequence[Alert], labels: Labels) -> dict[str, dict[str, Any]]:
    """By rule: its alerts among the first so many, and the share of them that are right."""
    rows: dict[str, dict[str, Any]] = {name: {} for name in sorted({each.rule for each in ranked})}
    for budget in BUDGETS:
        for name, row in rows.items():
            own = [each for each in ranked[:budget] if each.rule == name]
            right = sum(bool(_right(each, labels)) for each in own)
            row[str(budget)] = {"alerts": len(own), "precision": _share(right, len(own))}
    return rows


def _last_third(early: Sequence[Alert], late: Sequence[Alert], labels: Labels, budget: int, cut: int) -> dict[str, Any]:
    """The last third at the threshold that two thirds of the budget reached before: nothing of these days chose it."""
    before = early[: budget * 2 // 3]
    threshold = before[-1].order[:2] if before else (True, 0)
    above = [each for each in late if each.order[:2] <= threshold]
    return {"score_at_least": -threshold[1], **_judged(above, labels, cut)}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
