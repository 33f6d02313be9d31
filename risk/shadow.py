"""Candidate versions in the shadow of the live ones: same days, same cutoff, no alert; what differs can be looked at.

A candidate stands in `rules/shadow/<ID>.yaml`, with the id of the live rule, a higher version and maturity `shadow`.
For each run of the live version it is evaluated too, and both sides' findings are kept beside the run. To promote it is
to move the file over the live one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg
import structlog
from psycopg.types.json import Jsonb

from ledger.kernel import named_sql
from risk import document
from risk.compile import compile_rule
from risk.difference import Difference, compare
from risk.document import Loaded, RuleError
from risk.evaluator import judged
from risk.findings import Finding
from risk.kept import Kept, Plan, recall
from risk.runs import answer, held

FOLDER: Final = document.FOLDER / "shadow"
BUDGET: Final = 200  # alerts that a team can look at
SQL = named_sql.load(Path(__file__).with_name("sql") / "shadow.sql")
_log = structlog.get_logger(__name__)


class Beside(NamedTuple):
    """What a candidate found beside the live version, the strongest `budget` matters of each.

    `moves`: of the matters that both found, those to which they give another severity.
    """

    rule: str
    live_version: int | None  # None: it has not been beside any run
    version: int
    runs: int
    inconclusive: int
    failed: int
    first: datetime | None
    last: datetime | None
    budget: int
    difference: Difference

    @property
    def moves(self) -> list[tuple[Finding, Finding]]:
        """(live, candidate)."""
        return [(ours, theirs) for ours, theirs in self.difference.both if ours.severity != theirs.severity]


def candidates(rules: dict[str, Loaded], folder: Path = FOLDER) -> dict[str, Loaded]:
    """The candidate versions by id. Raises RuleError for one that is not beside a live rule, or not newer."""
    found = document.load_all(folder)
    for name, each in found.items():
        live = rules.get(name)
        if each.rule.maturity != "shadow":
            raise RuleError(f"shadow/{each.name}: its maturity is {each.rule.maturity}; a candidate's is shadow.")
        if live is None or live.rule.maturity != "live":
            raise RuleError(f"shadow/{each.name}: there is no live rule {name} that it could be beside.")
        if each.rule.version <= live.rule.version:
            raise RuleError(
                f"shadow/{each.name}: the live version is {live.rule.version}; make it {live.rule.version + 1}."
            )
    return found


def follow(connection: psycopg.Connection, candidate: Loaded, now: Callable[[], datetime]) -> list[int]:
    """Evaluate a candidate beside every run of the live version that it has not been beside. The runs' numbers."""
    # A candidate without `every` sees at night what the live version saw by day.
    near = candidate.rule.schedule.every is not None
    asked = {"rule": candidate.rule.id, "version": candidate.rule.version, "near": near}
    rows = connection.execute(SQL["unseen"], asked).fetchall()
    return [number for number, *_ in rows if _beside(connection, candidate, number, now)]


def _beside(connection: psycopg.Connection, candidate: Loaded, number: int, now: Callable[[], datetime]) -> bool:
    """One of them. What goes wrong stands in the run's row; the live version has nothing to do with it."""
    past = recall(connection, number)
    compiled = compile_rule(candidate, near=past.plan.since is not None)
    kept = Kept(connection, candidate, compiled, now)
    with held(connection, candidate.rule.id, f"beside {number}") as mine:
        plan = _begin(kept, number, past.plan) if mine else None
        if plan is None:
            return False
        try:
            ours = answer(connection, past.loaded, past.compiled, past.plan, past.params)
            theirs = answer(connection, candidate, compiled, plan)
            with connection.transaction():
                _keep(connection, plan.number, "live", ours.findings)
                _keep(connection, plan.number, "candidate", theirs.findings)
                kept.end(plan, theirs, 0, 0, 0)
        except psycopg.OperationalError:
            raise  # the database is gone; the row stays as it is, and is taken up again
        except Exception as error:  # noqa: BLE001 - it is in its run's row, and no affair of the live version's
            kept.fail(plan, error)
            _log.warning("candidate_not_run", rule=candidate.rule.id, beside=number)
            return False
    return True


def _begin(kept: Kept, number: int, live: Plan) -> Plan | None:
    row = kept.connection.execute(SQL["due_of"], {"number": number}).fetchone()
    assert row is not None
    asked = {
        "beside": number, "due_at": row[0], "days": judged(kept.loaded.rule, live.days), "cutoff": live.cutoff,
        "since": live.since,
    }  # fmt: skip
    begun = kept.connection.execute(SQL["begin"], kept.version() | asked).fetchone()
    return None if begun is None else Plan(*begun)


def _keep(connection: psycopg.Connection, run: int, side: str, found: Iterable[Finding]) -> None:
    rows = [
        {"run": run, "side": side, "place": place, "day": each.day, "matter": each.alert_key, "key": Jsonb(each.key),
         "severity": each.severity, "score": each.score, "reason": Jsonb({"zh": each.zh, "en": each.en}),
         "evidence": list(each.evidence)}
        for place, each in enumerate(found)
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany(SQL["keep"], rows)


def beside(connection: psycopg.Connection, candidate: Loaded, budget: int = BUDGET) -> Beside:
    """What a candidate found so far, beside what the live version found in the same runs."""
    rule = candidate.rule
    asked = {"rule": rule.id, "version": rule.version}
    row = connection.execute(SQL["span"], asked).fetchone()
    assert row is not None, "an aggregate has one row"
    runs, first, last, inconclusive, failed, live = row
    sides: dict[str, list[Finding]] = {"live": [], "candidate": []}
    for side, *cells in connection.execute(SQL["findings"], asked):
        sides[side].append(_restored(rule, live if side == "live" else rule.version, cells))
    difference = compare(sides["live"], sides["candidate"], budget)
    return Beside(rule.id, live, rule.version, runs, inconclusive, failed, first, last, budget, difference)


def _restored(rule: document.Rule, version: int, cells: Sequence[Any]) -> Finding:
    day, key, severity, score, reason, evidence = cells
    return Finding(
        rule.id, version, day, day, 0, key, None, (), severity, score, {}, {}, tuple(evidence), len(evidence),
        reason["zh"], reason["en"], shareable=False,
    )  # fmt: skip
