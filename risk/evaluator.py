"""Runs a rule's statement over a snapshot of the views. Reads only; what comes of it is the affair of `runs.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import IsolationLevel
from psycopg.types.json import Jsonb

from ledger.kernel import named_sql
from risk.compile import FIXTURE, Compiled, days_since_epoch
from risk.document import Rule
from risk.findings import Finding, finding
from risk.inputs import INPUTS

if TYPE_CHECKING:
    from datetime import date

    import psycopg

SQL = named_sql.load(Path(__file__).with_name("sql") / "runs.sql")


class ViewsNotReady(Exception):
    """A view that the rule reads has never been built; start the projections (crowdledger serve), then run it again."""


@contextmanager
def snapshot(connection: psycopg.Connection) -> Iterator[None]:
    """One read-only transaction in which all views stand still. The connection must be outside a transaction."""
    before = connection.isolation_level
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with connection.transaction():
            connection.execute(SQL["hold_views"])
            connection.execute(SQL["careful"])
            yield
    finally:
        connection.isolation_level = before


def cutoff_of(connection: psycopg.Connection, rule: Rule) -> int:
    """The position up to which everything that the rule reads is complete. Raises ViewsNotReady."""
    views = list(INPUTS[rule.input].views)
    present = connection.execute(SQL["views_present"], {"views": views}).fetchone()
    row = connection.execute(SQL["cutoff"], {"views": views}).fetchone()
    assert present is not None
    assert row is not None
    if present[0] != len(views):
        raise ViewsNotReady(f"rule {rule.id} reads {', '.join(views)}, of which some have never been built.")
    return int(row[0])


def days_to_judge(rule: Rule, first: date, last: date) -> list[int]:
    """The evaluation days of a period, ascending: those on the rule's hop on which this version is in effect."""
    ordinals = range(first.toordinal(), last.toordinal() + 1)
    days = [type(first).fromordinal(ordinal) for ordinal in ordinals]
    numbers = [days_since_epoch(day) for day in days if rule.judges(day)]
    return [number for number in numbers if number % rule.window.hop_days == 0]


def evaluate(
    connection: psycopg.Connection,
    rule: Rule,
    compiled: Compiled,
    days: Sequence[int],
    cutoff: int,
    params: Mapping[str, int] | None = None,
    fixture: Sequence[Mapping[str, object]] | None = None,
) -> list[Finding]:
    """The findings of each day, in their total order. The same days, cutoff and parameters give the same, for ever."""
    if not days:
        return []
    held = {**rule.params, **(params or {})}
    bound: dict[str, object] = {f"p_{name}": value for name, value in held.items()}
    bound |= {
        "days": list(days),
        "cutoff": cutoff,
        "first_day": max(min(days) - rule.window.width_days + 1, 0),
        "last_day": max(days),
        "width": rule.window.width_days,
    }
    if fixture is not None:
        bound[FIXTURE] = Jsonb(list(fixture))
    rows = connection.execute(compiled.sql, bound).fetchall()
    return [finding(rule, compiled, held, row) for row in rows]
