"""A rule judged on any engine: the compiled statement in its words, over the input as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

from risk.compile import GROUPED_ROWS, INPUT_ROWS, Compiled, compile_rule, grouped_json, parameters
from risk.document import Loaded, Rule, RuleError
from risk.engines.portable import Dialect, NotPortable, translate
from risk.findings import Finding, finding
from risk.inputs import Input, Type
from risk.shapes import SHAPES, Asked, Table

# Sums of money have no bound in PostgreSQL; 38 digits are the widest integer that all engines share.
_TYPES: Mapping[Type, pa.DataType] = {"bigint": pa.int64(), "text": pa.string(), "numeric": pa.decimal128(38, 0)}
FOR_EVER = 2**62


class Files(NamedTuple):
    """Parquet files, read where they are."""

    paths: Sequence[str]  # at least one


class Engine(Protocol):
    """Something that reads SQL of its dialect over tables that it was given."""

    @property
    def dialect(self) -> Dialect:
        """Which SQL it reads."""
        ...

    def give(self, name: str, table: pa.Table | Files) -> None:
        """Make a table readable under a name; an earlier one of that name goes."""
        ...

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a statement, in its order; integers as integers."""
        ...


def schema_of(source: Input) -> pa.Schema:
    """The columns of an input, as Arrow has them."""
    return pa.schema([pa.field(name, _TYPES[kind]) for name, kind in source.columns.items()])


def table_of(source: Input, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows of an input as an Arrow table; a column that a row leaves out is null."""
    kept = list(rows)
    arrays = [pa.array([row.get(each.name) for row in kept], each.type) for each in schema_of(source)]
    return pa.Table.from_arrays(arrays, schema=schema_of(source))


def judge(
    engine: Engine,
    loaded: Loaded,
    table: pa.Table | Files,
    days: Sequence[int],
    params: Mapping[str, int] | None = None,
) -> list[Finding]:
    """The findings of each day (since 1970-01-01) over `table`: the rule's input as of a cutoff, at least its windows.

    What PostgreSQL finds with the same cutoff, hash-equal. Raises RuleError (not portable), Inconclusive.
    """
    if not days:
        return []
    rule, compiled = loaded.rule, compile_rule(loaded, table=True)
    held = {**rule.params, **(params or {})}
    values = parameters(rule, days, FOR_EVER, held)
    engine.give(INPUT_ROWS, table)

    def ask(statement: str) -> list[tuple[Any, ...]]:
        try:
            return engine.rows(translate(statement, values, engine.dialect))
        except NotPortable as error:
            raise RuleError(f"{loaded.name} can't run on {engine.dialect}: {error}.") from None

    if compiled.rows is not None:
        assert compiled.shape is not None
        shape = SHAPES[compiled.shape]
        asked = Asked(days, rule.window.width_days, held)
        groups = shape.find(Table(shape.needs, ask(compiled.rows)), asked)
        engine.give(GROUPED_ROWS, _grouped_table(rule, compiled, grouped_json(compiled, groups, rule.evidence.limit)))
    return [finding(rule, compiled, held, row) for row in ask(compiled.sql)]


def _grouped_table(rule: Rule, compiled: Compiled, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """What a shape gave, as the end of the statement expects it."""
    fields = [("evaluation_day", pa.int32()), *((key, pa.string()) for key in compiled.keys)]
    fields += [(name, pa.decimal128(38, 0)) for name in compiled.measures]
    for name in rule.evidence.positions:
        fields += [(f"list_{name}", pa.list_(pa.int64())), (f"count_{name}", pa.int64())]
    fields += [("epoch", pa.int64()), ("members", pa.list_(pa.string()))]
    return pa.Table.from_pylist([dict(row) for row in rows], schema=pa.schema(fields))
