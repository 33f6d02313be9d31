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

Other engines than PostgreSQL (risk/engines/) get the same statement over a table `input_rows`, in their own words.

A rule with a shape takes two steps: `rows` reads the input, the shape groups them, and the same end judges the groups,
handed back as the parameter `grouped` (JSON).

A near-real-time run takes two steps as well: `touched` finds the groups of which events after `since` are evidence,
and the statement reads the rows of these alone. What it finds is what the whole statement finds for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal, LiteralString, NamedTuple

from risk import inputs
from risk.document import Loaded, Rule, RuleError, Table, day_of
from risk.expressions import ExpressionError, aggregate, literal, names_in, scalar
from risk.shapes import SHAPES, Grouped, Shape

_EPOCH = date(1970, 1, 1)
_FOR_EVER = 10**6  # a day number beyond every calendar
_DAY = "evaluation_day"
LONE = "lone_position"  # null_key: separate; the position that sets a row without a key apart
FIXTURE = "fixture_rows"
GROUPED = "grouped"
INPUT_ROWS = "input_rows"  # the tables that another engine is given
GROUPED_ROWS = "grouped_rows"
MEMBERS_MAX = 32
TOUCHED = "touched"
_NEAR = "\n\n-- the groups that new events touched; of these alone:\n\n"

Source = Literal["views", "fixture", "table", "near"]  # where the rows of the input come from


class Compiled(NamedTuple):
    """The statement and the columns it gives, in order. `rows`: what a shape is given first."""

    sql: LiteralString
    keys: tuple[str, ...]
    measures: tuple[str, ...]
    positions: tuple[str, ...]  # columns with an array and a count each
    members: bool  # whether the last column is the array of members
    rows: LiteralString | None = None
    shape: str | None = None
    touched: LiteralString | None = None

    @property
    def text(self) -> str:
        """All of it, as it is kept beside a run."""
        if self.touched is not None:
            return f"{self.touched}{_NEAR}{self.sql}"
        return self.sql if self.rows is None else f"{self.rows}{_mark(self.shape)}{self.sql}"

    def as_kept(self, text: str) -> Compiled:
        """The same with the statements of a past run."""
        # They come out of our own table of runs, where nobody else may write.
        touched, near, rest = text.rpartition(_NEAR)
        rows, mark, sql = rest.rpartition(_mark(self.shape))
        return self._replace(sql=sql, rows=rows if mark else None, touched=touched if near else None)


def _mark(shape: str | None) -> str:
    return f"\n\n-- shape {shape}: `grouped` from these rows\n\n"


def compile_rule(loaded: Loaded, *, fixture: bool = False, table: bool = False, near: bool = False) -> Compiled:
    """Compile a rule. Raises RuleError.

    `fixture`: the input is the rows of the parameter `fixture_rows` (JSON). `table`: it is the table `input_rows`,
    which holds the input as of the cutoff, and what a shape gave is the table `grouped_rows`. `near`: of the groups
    alone that events after the parameter `since` touched.
    """
    try:
        return _Compiler(loaded, "fixture" if fixture else "table" if table else "near" if near else "views").compile()
    except ExpressionError as error:
        raise RuleError(f"{loaded.name}: {error}") from None


def parameters(rule: Rule, days: Sequence[int], cutoff: int, held: Mapping[str, int]) -> dict[str, int | list[int]]:
    """What the statement is told: the days to judge (at least one), the cutoff, the rule's own thresholds."""
    return {
        **{f"p_{name}": value for name, value in held.items()},
        "days": list(days),
        "cutoff": cutoff,
        "first_day": max(min(days) - rule.window.width_days + 1, 0),
        "last_day": max(days),
        "width": rule.window.width_days,
    }


def days_since_epoch(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def date_of(day: int) -> date:
    """The date of a day number."""
    return date.fromordinal(_EPOCH.toordinal() + day)


class _Compiler:
    def __init__(self, loaded: Loaded, source: Source) -> None:
        self.rule: Rule = loaded.rule
        self.near = source == "near"
        self.own_sql = loaded.sql
        self.source = source
        if self.rule.input not in inputs.INPUTS:
            raise RuleError(f"{loaded.name}: there is no input {self.rule.input}; {', '.join(inputs.INPUTS)}.")
        self.input = inputs.INPUTS[self.rule.input]
        self.columns = {name: f"r.{name}" for name in self.input.columns}
        self.params = {name: f"%(p_{name})s::bigint" for name in self.rule.params}
        self.gives = list(self.rule.table.gives) if self.rule.table else []
        self.lone = [LONE] if self.rule.null_key == "separate" else []
        self.measures = tuple(self.rule.measures or self.rule.columns)
        self.shape = self._named_shape()
        self._check_names()

    def _named_shape(self) -> Shape | None:
        rule = self.rule
        if rule.shape is None:
            return None
        if rule.shape not in SHAPES:
            raise ExpressionError(f"there is no shape {rule.shape}; {', '.join(SHAPES)}.")
        shape = SHAPES[rule.shape]
        if missing := sorted(set(shape.needs) - set(self.columns)):
            raise ExpressionError(f"the shape {rule.shape} needs {', '.join(missing)}, which {rule.input} has not.")
        given = (shape.keys, shape.measures, shape.positions)
        if given != (tuple(rule.group_by), tuple(rule.columns), tuple(rule.evidence.positions)):
            raise ExpressionError(f"the shape {rule.shape} gives group_by, columns and evidence.positions {given}.")
        return shape

    def _check_names(self) -> None:
        known = set(self.columns)
        wanted = {
            *self.rule.group_by,
            *self.rule.evidence.positions,
            *(self.rule.table.match if self.rule.table else ()),
        }
        if not self.rule.measures:  # its group columns and positions are its own
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
        keys = (*self.rule.group_by, *self.lone)
        outline = (keys, self.measures, tuple(self.rule.evidence.positions), bool(self.rule.members))
        if self.near and not (self.rule.measures and self.rule.evidence.positions):
            raise ExpressionError("only a rule with measures and evidence.positions can look at new events alone.")
        if self.shape is None:
            return Compiled(self._statement(), *outline, touched=self._touched() if self.near else None)
        return Compiled(self._judgement(), *outline, self._rows(self.shape), self.rule.shape)

    def _rows(self, shape: Shape) -> LiteralString:
        names = ", ".join(f"r.{name}" for name in shape.needs)
        # A total order, so that a shape is handed the same rows in the same order by every engine.
        order = ", ".join(
            ["r.day", "r.position", *(f'(r.{name}::text) COLLATE "C"' for name in self.input.named("text"))]
        )
        return f"WITH {self._input()}\nSELECT {names} FROM input AS r ORDER BY {order}"

    def _judgement(self) -> LiteralString:
        """The end alone, over groups that a shape gave."""
        columns = {
            _DAY: "integer",
            **dict.fromkeys(self.rule.group_by, "text"),
            **dict.fromkeys(self.measures, "numeric"),
        }
        for name in self.rule.evidence.positions:
            columns |= {_list(name): "bigint[]", _count(name): "bigint"}
        columns |= {"epoch": "bigint", "members": "text[]"}
        if self.source == "table":
            wide = ", ".join(f"g.{name}::{kind} AS {name}" for name, kind in columns.items())
            source = f"grouped AS (SELECT {wide} FROM {GROUPED_ROWS} AS g)"
        else:
            typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            source = f"grouped AS (SELECT * FROM jsonb_to_recordset(%({GROUPED})s::jsonb) AS g ({typed}))"
        return f"WITH {source},\n{self._scored()}\n{self._end()}"

    def _statement(self) -> LiteralString:
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
        return "WITH " + ",\n".join(parts) + "\n" + self._end()

    def _touched(self) -> LiteralString:
        """Groups with a row that an event after `since` is evidence of, and the days of these rows."""
        new = " OR ".join(f"r.{name} > %(since)s" for name in self.rule.evidence.positions)
        names = ", ".join(f"r.{key}" for key in self._text_keys())
        where = " AND ".join([*self._conditions(), f"({new})"])
        return (
            # tidy: allow sql-in-python -- because putting statements together is what this module is for
            f"SELECT DISTINCT {self._group()} AS own, r.day{names and ', '}{names}\n"
            f"FROM (\n{self._rows_of_input()}\n) AS r\nWHERE {where}\nORDER BY own, r.day"
        )

    def _group(self) -> str:
        """A row's group as one text; JSON tells a missing key from an empty one."""
        lone = [f"CASE WHEN {self._missing()} THEN r.position END"] if self.lone else []
        return f"jsonb_build_array({', '.join([*(f'r.{key}' for key in self.rule.group_by), *lone])})::text"

    def _text_keys(self) -> list[str]:
        return [key for key in self.rule.group_by if self.input.columns[key] == "text"]

    def _narrowed(self) -> list[str]:
        """Rows of the touched groups. Each key by itself as well: that much an index can find."""
        each = [
            f"(r.{key} = ANY (%({TOUCHED}_{key})s::text[]) OR (%({TOUCHED}_{key}_null)s::boolean AND r.{key} IS NULL))"
            for key in self._text_keys()
        ]
        return [*each, f"{self._group()} = ANY (%({TOUCHED})s::text[])"]

    def _missing(self) -> str:
        return " OR ".join(f"r.{key} IS NULL" for key in self.rule.group_by)

    def _conditions(self) -> list[str]:
        """Which rows of the input count at all."""
        conditions = [] if self.rule.table or not self.rule.filter else [self._filter()]
        if self.rule.measures and self.rule.null_key == "drop":
            conditions += [f"r.{key} IS NOT NULL" for key in self.rule.group_by]
        return conditions

    def _input(self) -> str:
        conditions = [*self._conditions(), *(self._narrowed() if self.near else [])]
        source = self._rows_of_input()
        lone = f", CASE WHEN {self._missing()} THEN r.position END AS {LONE}" if self.lone else ""
        where = f"\nWHERE {' AND '.join(conditions)}" if conditions else ""
        # Materialized: read by more than one part below, and the inputs are the dear part.
        # Text is ordered by its bytes from here on, whatever the database's collation: min, max and < agree everywhere.
        texts = set(self.input.named("text"))
        used = ", ".join(f'r.{name} COLLATE "C" AS {name}' if name in texts else f"r.{name}" for name in self._used())
        return f"input AS MATERIALIZED (\nSELECT {used}{lone} FROM (\n{source}\n) AS r{where}\n)"

    def _rows_of_input(self) -> str:
        if self.source in {"views", "near"}:
            return inputs.statement(self.rule.input)
        names = ", ".join(f"f.{name}" for name in self.input.columns)
        days = "f.day BETWEEN %(first_day)s AND %(last_day)s"
        if self.source == "table":
            wide = ", ".join(f"f.{name}::{kind} AS {name}" for name, kind in self.input.columns.items())
            return f"SELECT {wide} FROM {INPUT_ROWS} AS f\nWHERE {days}"
        columns = ", ".join(f"{name} {kind}" for name, kind in self.input.columns.items())
        rows = f"jsonb_to_recordset(%({FIXTURE})s::jsonb) AS f ({columns}, known bigint)"
        return f"SELECT {names} FROM {rows}\nWHERE f.known <= %(cutoff)s AND {days}"

    def _used(self) -> list[str]:
        """The input's columns that the rule asks for; the others need not be computed. Its own SQL may ask for all."""
        rule = self.rule
        if not rule.measures:
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
            value = f"r.{self.rule.members}"
            known = f"FILTER (WHERE {value} IS NOT NULL)"
            evidence += f",\n  (array_agg(DISTINCT {value} ORDER BY {value}) {known})[1:{MEMBERS_MAX}] AS members"
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


def grouped_json(compiled: Compiled, groups: Iterable[Grouped], limit: int) -> list[dict[str, object]]:
    """What a shape gave, as the parameter `grouped`: the newest positions, ascending, and their count."""
    found = []
    for each in groups:
        row: dict[str, object] = {
            _DAY: each.day,
            "epoch": each.epoch,
            "members": sorted(set(each.members))[:MEMBERS_MAX],
        }
        row |= zip(compiled.keys, each.keys, strict=True)
        row |= zip(compiled.measures, each.measures, strict=True)
        for name, positions in zip(compiled.positions, each.positions, strict=True):
            ordered = sorted(set(positions))
            row |= {_list(name): ordered[-limit:], _count(name): len(ordered)}
        found.append(row)
    return found


def _list(position: str) -> str:
    return f"list_{position}"


def _count(position: str) -> str:
    return f"count_{position}"


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
