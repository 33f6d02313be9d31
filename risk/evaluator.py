"""Runs a rule's statement over a snapshot of the views. Reads only; what comes of it is the affair of `runs.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from psycopg.types.json import Jsonb

from ledger.kernel import named_sql
from projections.snapshots import snapshot
from risk.compile import FIXTURE, GROUPED, TOUCHED, Compiled, date_of, grouped_json, parameters
from risk.document import Rule
from risk.findings import Finding, finding
from risk.inputs import INPUTS
from risk.shapes import SHAPES, Asked, Table

if TYPE_CHECKING:
    import psycopg

SQL = named_sql.load(Path(__file__).with_name("sql") / "runs.sql")


class Touched(NamedTuple):
    """A group of which new events are evidence, on the day of such a row. `keys`: the text columns of the group."""

    own: str
    day: int
    keys: tuple[str | None, ...]


@contextmanager
def standing_still(connection: psycopg.Connection, rule: Rule) -> Iterator[int]:
    """A read-only transaction in which the views stand still; gives the position up to which the rule's input is whole.

    Raises LookupError where a view was never built, ValueError where the connection is in a transaction.
    """
    with snapshot(connection, *INPUTS[rule.input].views) as position:
        connection.execute(SQL["careful"])
        yield position


def judged(rule: Rule, days: Iterable[int]) -> list[int]:
    """Those of `days` (since 1970-01-01) on the rule's hop on which this version is in effect, ascending."""
    hop = rule.window.hop_days
    return [day for day in sorted(set(days)) if day % hop == 0 and rule.judges(date_of(day))]


def evaluate(
    connection: psycopg.Connection,
    rule: Rule,
    compiled: Compiled,
    days: Sequence[int],
    cutoff: int,
    params: Mapping[str, int] | None = None,
    fixture: Sequence[Mapping[str, object]] | None = None,
    since: int | None = None,
) -> list[Finding]:
    """The findings of each day, in their total order. The same days, cutoff and parameters give the same, for ever.

    `since`, with a statement compiled for it: of the groups alone that events after that position touched.
    """
    if not days:
        return []
    held = {**rule.params, **(params or {})}
    bound: dict[str, object] = {**parameters(rule, days, cutoff, held)}
    if fixture is not None:
        bound[FIXTURE] = Jsonb(list(fixture))
    if compiled.touched is not None:
        assert since is not None, "a near-real-time statement asks for `since`"
        if not _narrow(rule, bound, touched(connection, rule, compiled, days, since, cutoff, held)):
            return []
        connection.execute(SQL["few_rows"])
    if compiled.rows is not None:
        bound[GROUPED] = Jsonb(_grouped(connection, rule, compiled, days, held, bound))
    rows = connection.execute(compiled.sql, bound).fetchall()
    return [finding(rule, compiled, held, row) for row in rows]


def touched(
    connection: psycopg.Connection,
    rule: Rule,
    compiled: Compiled,
    days: Sequence[int],
    since: int,
    cutoff: int,
    params: Mapping[str, int] | None = None,
) -> list[Touched]:
    """The groups with a row in the windows of `days` of which an event in (since, cutoff] is evidence."""
    assert compiled.touched is not None
    bound = {**parameters(rule, days, cutoff, {**rule.params, **(params or {})}), "since": since}
    return [Touched(own, day, tuple(keys)) for own, day, *keys in connection.execute(compiled.touched, bound)]


def rows_read(connection: psycopg.Connection) -> int:
    """How many rows of the views, and entries of their indexes, this transaction has read so far."""
    row = connection.execute(SQL["rows_read"]).fetchone()
    return int(row[0]) if row else 0


def _narrow(rule: Rule, bound: dict[str, object], groups: Sequence[Touched]) -> bool:
    """The parameters that keep the rows of these groups alone; False where there is none."""
    columns = [key for key in rule.group_by if INPUTS[rule.input].columns[key] == "text"]
    bound[TOUCHED] = sorted({each.own for each in groups})
    for place, name in enumerate(columns):
        values = {each.keys[place] for each in groups}
        bound[f"{TOUCHED}_{name}"] = sorted(value for value in values if value is not None)
        bound[f"{TOUCHED}_{name}_null"] = None in values
    return bool(groups)


def _grouped(
    connection: psycopg.Connection,
    rule: Rule,
    compiled: Compiled,
    days: Sequence[int],
    params: Mapping[str, int],
    bound: Mapping[str, object],
) -> list[dict[str, object]]:
    """The first step of a rule with a shape. Raises Inconclusive."""
    assert compiled.rows is not None
    assert compiled.shape is not None
    shape = SHAPES[compiled.shape]
    table = Table(shape.needs, connection.execute(compiled.rows, bound).fetchall())
    groups = shape.find(table, Asked(days, rule.window.width_days, params))
    return grouped_json(compiled, groups, rule.evidence.limit)
