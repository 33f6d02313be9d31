"""What an event means for alerts and for past runs: each rule is asked again, without the event and with it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from psycopg.errors import QueryCanceled

from ledger.kernel import named_sql
from projections.impact import Subject
from risk import document
from risk.compile import compile_rule, days_since_epoch
from risk.evaluator import SQL as CAREFUL
from risk.evaluator import evaluate
from risk.findings import Finding

if TYPE_CHECKING:
    import psycopg

SQL = named_sql.load(Path(__file__).with_name("sql") / "impact.sql")
ALERTS_MAX: Final = 200
DAYS_MAX: Final = 62  # evaluation days that one rule is asked about again, the earliest first
SECONDS_MAX: Final = 20.0  # for all rules together


class AlertTouched(NamedTuple):
    """An alert that the event bears on. `evidence`: it rests on the event, or on what that corrects."""

    id: str
    rule: str
    severity: str
    status: str
    platform: str | None
    found_position: int
    found_at: datetime
    first_day: date
    last_day: date
    shareable: bool
    evidence: bool


class Asked(NamedTuple):
    """A version of a rule asked again for the days that its past runs judged without the event."""

    rule: str
    version: int
    runs: list[int]
    days: list[int]  # since 1970-01-01, those that were asked about
    more: list[Finding]  # found only with the event
    fewer: list[Finding]  # found only without it


class Rerun(NamedTuple):
    """What came of it; `left_out` says what was not asked, and why."""

    asked: list[Asked]
    left_out: list[str]


def alerts(connection: psycopg.Connection[Any], about: Subject) -> list[AlertTouched]:
    """Alerts with the event (or what it corrects) as evidence, and older ones of its day and its entities."""
    positions = [about.position] if about.corrects is None else [about.position, about.corrects]
    asked = {
        "positions": positions, "position": about.position, "day": about.day, "tags": list(about.tags),
        "limit": ALERTS_MAX + 1,
    }  # fmt: skip
    return [AlertTouched(*row) for row in connection.execute(SQL["alerts"], asked).fetchall()]


def reruns(connection: psycopg.Connection[Any], about: Subject) -> Rerun:
    """Ask every rule again that judged the day without knowing the event. The last thing in a snapshot of all views."""
    asked = {"position": about.position, "day": days_since_epoch(about.day)}
    rows = connection.execute(SQL["runs"], asked).fetchall()
    connection.execute(CAREFUL["careful"])
    connection.execute(SQL["patience"])
    until = time.monotonic() + SECONDS_MAX
    done = Rerun([], [])
    for row in rows:
        past = _Past.of(row, days_since_epoch(about.day))
        if not past.days:
            continue
        if time.monotonic() > until:
            done.left_out.append(f"{past.name}: the time for one answer was over.")
            continue
        if len(past.days) < past.judged:
            done.left_out.append(f"{past.name}: {past.judged - len(past.days)} later days that it judged.")
        try:
            done.asked.append(past.ask(connection, about.position))
        except QueryCanceled:
            done.left_out.append(f"{past.name}: it took more than 5 seconds.")
    return done


class _Past(NamedTuple):
    """What was run."""

    loaded: document.Loaded
    statement: str
    params: dict[str, int]
    runs: list[int]
    days: list[int]
    judged: int  # how many days of the past are concerned

    @classmethod
    def of(cls, row: Sequence[Any], first: int) -> _Past:
        _, _, runs, days, params, plain, sql, statement = row
        loaded = document.restore(msgspec.json.decode(plain), sql)
        concerned = [day for day in days if day < first + loaded.rule.window.width_days]
        return cls(loaded, statement, params, runs, concerned[:DAYS_MAX], len(concerned))

    @property
    def name(self) -> str:
        return f"{self.loaded.rule.id} version {self.loaded.rule.version}"

    def ask(self, connection: psycopg.Connection[Any], position: int) -> Asked:
        """The findings without the event and with it. A statement that runs too long undoes only itself."""
        rule, compiled = self.loaded.rule, compile_rule(self.loaded).as_kept(self.statement)
        with connection.transaction():
            without, within = (
                evaluate(connection, rule, compiled, self.days, position - back, self.params) for back in (1, 0)
            )
        return Asked(rule.id, rule.version, self.runs, self.days, _only(within, without), _only(without, within))


def _only(these: Iterable[Finding], others: Iterable[Finding]) -> list[Finding]:
    """What is found here and not there: another matter, or another day of it."""
    known = {(each.alert_key, each.day) for each in others}
    return [each for each in these if (each.alert_key, each.day) not in known]
