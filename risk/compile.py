"""From a rule document to one SQL statement: plain text put together from the closed language, parameters by name.

    calendar   the evaluation days
    input      the named input up to the cutoff, its filter applied
    limits     the rule's table, if any
    likely     groups that can pass at all, where the rule is monotone
    windowed   calendar x input: which rows each evaluation day looks at
    grouped    the measures of each day and group (or the rule's own SQL, over `calendar` and `input`)
    the end    having, score, total order

Parameters: days (int[]), cutoff, first_day, last_day, and `p_<name>` for each of the rule's own. One statement judges
one day or hundreds; days never see each other.
"""

from __future__ import annotations

from datetime import date
from typing import LiteralString, NamedTuple

from risk import inputs
from risk.document import Loaded, Rule, RuleError, Table, day_of
from risk.expressions import ExpressionError, aggregate, literal, names_in, scalar

_EPOCH = date(1970, 1, 1)
_FOR_EVER = 10**6  # a day number beyond every calendar
_DAY = "evaluation_day"
LONE = "lone_position"  # null_key: separate; the position that sets a row without a key apart
FIXTURE = "fixture_rows"
MEMBERS_MAX = 32


class Compiled(NamedTuple):
    """The statement and the columns it gives, in order."""

    sql: LiteralString
    keys: tuple[str, ...]
    measures: tuple[str, ...]
    positions: tuple[str, ...]  # columns with an array and a count each
    members: bool  # whether the last column is the array of members


def compile_rule(loaded: Loaded, *, fixture: bool = False) -> Compiled:
    """Compile a rule. `fixture`: the input is the rows of the parameter `fixture_rows` (JSON). Raises RuleError."""
    try:
        return _Compiler(loaded, fixture=fixture).compile()
    except ExpressionError as error:
        raise RuleError(f"{loaded.name}: {error}") from None


def days_since_epoch(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def date_of(day: int) -> date:
    """The date of a day number."""
    return date.fromordinal(_EPOCH.toordinal() + day)


class _Compiler:
    def __init__(self, loaded: Loaded, *, fixture: bool) -> None:
        self.rule: Rule = loaded.rule
        self.own_sql = loaded.sql
        self.fixture = fixture
        if self.rule.input not in inputs.INPUTS:
            raise RuleError(f"{loaded.name}: there is no input {self.rule.input}; {', '.join(inputs.INPUTS)}.")
        self.input = inputs.INPUTS[self.rule.input]
        self.columns = {name: f"r.{name}" for name in self.input.columns}
        self.params = {name: f"%(p_{name})s::bigint" for name in self.rule.params}
        self.gives = list(self.rule.table.gives) if self.rule.table else []
        self.lone = [LONE] if self.rule.null_key == "separate" else []
        self.measures = tuple(self.rule.measures or self.rule.columns)
        self._check_names()

    def _check_names(self) -> None:
        known = set(self.columns)
        wanted = {
            *self.rule.group_by,
            *self.rule.evidence.positions,
            *(self.rule.table.match if self.rule.table else ()),
        }
        if self.rule.sql:  # its group columns and positions are its own
            wanted -= {*self.rule.group_by, *self.rule.evidence.positions}
        if unknown := sorted(wanted - known):
            raise ExpressionError(f"{self.rule.input} has no column {', '.join(unknown)}.")
        if clash := sorted(set(self.params) & (known | set(self.measures) | {_DAY})):
            raise ExpressionError(f"parameters may not be called like columns: {', '.join(clash)}.")
        figures = {*self.measures, *self.rule.params}
        shown = {*self.rule.evidence.columns, *(tie.lstrip("-") for tie in self.rule.score.ties)}
        if unknown := sorted(shown - figures):
            raise ExpressionError(f"evidence and ties may name measures and parameters, not {', '.join(unknown)}.")

    def compile(self) -> Compiled:
        parts = [f"calendar ({_DAY}) AS (SELECT unnest(%(days)s::integer[]))", self._input()]
        if self.rule.table:
            parts.append(_values(self.rule.table))
        if self.rule.sql:
            assert self.own_sql is not None
            parts.append(f"grouped AS (\n{self.own_sql.rstrip()}\n)")
        else:
            if self.rule.monotone:
                parts.append(self._likely())
            parts += [self._windowed(), self._grouped()]
        parts.append(self._scored())
        text = "WITH " + ",\n".join(parts) + "\n" + self._end()
        keys = (*self.rule.group_by, *self.lone)
        return Compiled(text, keys, self.measures, tuple(self.rule.evidence.positions), bool(self.rule.members))

    def _input(self) -> str:
        source = _fixture_source(self.input) if self.fixture else inputs.statement(self.rule.input)
        conditions = [] if self.rule.table or not self.rule.filter else [self._filter()]
        keys = [] if self.rule.sql else self.rule.group_by
        if self.rule.null_key == "drop":
            conditions += [f"r.{key} IS NOT NULL" for key in keys]
        lone = ""
        if self.lone:
            missing = " OR ".join(f"r.{key} IS NULL" for key in keys)
            lone = f", CASE WHEN {missing} THEN r.position END AS {LONE}"
        where = f"\nWHERE {' AND '.join(conditions)}" if conditions else ""
        # Materialized: read by more than one part below, and the inputs are the dear part.
        used = ", ".join(f"r.{name}" for name in self._used())
        return f"input AS MATERIALIZED (\nSELECT {used}{lone} FROM (\n{source}\n) AS r{where}\n)"

    def _used(self) -> list[str]:
        """The input's columns that the rule asks for; the others need not be computed. Its own SQL may ask for all."""
        rule = self.rule
        if rule.sql:
            return list(self.columns)
        used = {"position", "day", "epoch", *rule.group_by, *rule.evidence.positions, rule.members}
        used |= set(rule.table.match) if rule.table else set()
        for text in (rule.filter or "0", *rule.measures.values()):
            used |= names_in(text)
        return [name for name in self.columns if name in used]

    def _filter(self) -> str:
        assert self.rule.filter is not None
        given = {name: f"l.{name}" for name in self.gives}
        return scalar(self.rule.filter, {**self.columns, **given, **self.params})

    def _likely(self) -> str:
        keys = ", ".join(f"r.{key}" for key in self._keys())
        measures = {name: aggregate(text, self.columns, self.params) for name, text in self.rule.measures.items()}
        having = scalar(self.rule.having, {**measures, **self.params})
        return f"likely AS (\nSELECT {keys} FROM input AS r GROUP BY {keys} HAVING {having}\n)"

    def _windowed(self) -> str:
        """Joins are done in the order they are written: what narrows the rows comes before the days multiply them."""
        given = "".join(f", l.{name}" for name in self.gives)
        joins = ["FROM input AS r"]
        window = f"r.day <= c.{_DAY} AND r.day > c.{_DAY} - {self.rule.window.width_days}"
        if self.rule.table:
            on = " AND ".join(f"l.{name} = r.{name}" for name in self.rule.table.match)
            joins.append(f"JOIN limits AS l ON {on}")
            window += f" AND c.{_DAY} BETWEEN l.valid_from AND l.valid_to"
        if self.rule.monotone:
            # Keys may be null where null_key is `group`; IS NOT DISTINCT FROM can't be hashed, so both are made text.
            on = " AND ".join(f"coalesce(k.{key}::text, '') = coalesce(r.{key}::text, '')" for key in self._keys())
            joins.append(f"JOIN likely AS k ON {on}")
        joins.append(f"JOIN calendar AS c ON {window}")
        if self.rule.table and self.rule.filter:  # it may ask for the table's figures
            joins.append(f"WHERE {self._filter()}")
        return f"windowed AS (\nSELECT c.{_DAY}, r.*{given}\n" + "\n".join(joins) + "\n)"

    def _grouped(self) -> str:
        given = {**self.columns, **{name: f"r.{name}" for name in self.gives}}
        constants = {**self.params, _DAY: f"r.{_DAY}"}
        keys = "".join(f", r.{key}" for key in self._keys())
        measures = "".join(f",\n  {aggregate(text, given, constants)} AS {name}"
                           for name, text in self.rule.measures.items())  # fmt: skip
        evidence = "".join(
            f",\n  (array_agg(DISTINCT r.{name} ORDER BY r.{name} DESC) FILTER (WHERE r.{name} IS NOT NULL))"
            f"[1:{self.rule.evidence.limit}] AS {_list(name)}, count(DISTINCT r.{name}) AS {_count(name)}"
            for name in self.rule.evidence.positions
        )
        if self.rule.members:
            value = f'r.{self.rule.members} COLLATE "C"'
            evidence += f",\n  (array_agg(DISTINCT {value} ORDER BY {value}))[1:{MEMBERS_MAX}] AS members"
        columns = f"r.{_DAY}{keys}{measures}{evidence},\n  max(r.epoch) AS epoch"
        return f"grouped AS (\nSELECT {columns}\nFROM windowed AS r\nGROUP BY r.{_DAY}{keys}\n)"

    def _scored(self) -> str:
        names = {**{name: f"g.{name}" for name in self.measures}, **self.params, _DAY: f"g.{_DAY}"}
        names |= {key: f"g.{key}" for key in self._keys()}
        score, having = scalar(self.rule.score.expr, names), scalar(self.rule.having, names)
        capped = f"greatest(0, least({self.rule.score.cap}, coalesce({score}, 0)))::integer AS score"
        return f"scored AS (\nSELECT g.*, {capped}\nFROM grouped AS g\nWHERE {having}\n)"

    def _end(self) -> str:
        keys = [f"s.{key}" for key in self._keys()]
        measures = [f"s.{name}" for name in self.measures]
        evidence = [f"s.{column(name)}" for name in self.rule.evidence.positions for column in (_list, _count)]
        ties = [f"s.{tie[1:]}" if tie.startswith("-") else f"s.{tie} DESC" for tie in self.rule.score.ties]
        evidence += ["s.members"] if self.rule.members else []
        # Text of every key in byte order: total, and the same in every database whatever its collation.
        order = [f"s.{_DAY}", "s.score DESC", *ties, *(f'(s.{key}::text) COLLATE "C"' for key in self._keys())]
        columns = ", ".join([f"s.{_DAY}", "s.score", "s.epoch", *keys, *measures, *evidence])
        return f"SELECT {columns}\nFROM scored AS s\nORDER BY {', '.join(order)}"

    def _keys(self) -> list[str]:
        return [*self.rule.group_by, *self.lone]


def _list(position: str) -> str:
    return f"list_{position}"


def _count(position: str) -> str:
    return f"count_{position}"


def _fixture_source(source: inputs.Input) -> str:
    columns = ", ".join(f"{name} {kind}" for name, kind in source.columns.items())
    names = ", ".join(f"f.{name}" for name in source.columns)
    return (
        f"SELECT {names} FROM jsonb_to_recordset(%({FIXTURE})s::jsonb) AS f ({columns}, known bigint)\n"
        "WHERE f.known <= %(cutoff)s AND f.day BETWEEN %(first_day)s AND %(last_day)s"
    )


def _values(table: Table) -> str:
    """The rule's table as a relation `limits`, with validity in day numbers."""
    rows = []
    for row in table.rows:
        cells = [_cell(row[name]) for name in (*table.match, *table.gives)]
        end = row.get("to")
        cells.append(str(days_since_epoch(day_of(row["from"]))))
        cells.append(str(_FOR_EVER if end is None else days_since_epoch(day_of(end))))
        rows.append(f"({', '.join(cells)})")
    names = ", ".join([*table.match, *table.gives, "valid_from", "valid_to"])
    return f"limits ({names}) AS (VALUES\n  " + ",\n  ".join(rows) + "\n)"


def _cell(value: int | str) -> str:
    return f"{literal(value)}::bigint" if isinstance(value, int) else literal(value)
