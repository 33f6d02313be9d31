"""A rule's statement, said in another engine's words.

The compiler writes PostgreSQL. sqlglot reads that into a tree and writes the tree in another dialect; what it gets
wrong, or leaves to the engine, is put right on the tree: integers without a bound, division that cuts towards zero,
byte order, lists that are sorted and cut. What engines answer differently (floats, clocks) is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

Dialect = Literal["duckdb", "spark"]

_WIDE: Mapping[Dialect, exp.DataType] = {
    "duckdb": exp.DataType.build("HUGEINT", dialect="duckdb"),
    "spark": exp.DataType.build("DECIMAL(38, 0)", dialect="spark"),
}
# Nothing that depends on the moment, on an engine's float, or on the order in which rows happen to come.
_FOREIGN: tuple[type[exp.Expr], ...] = (
    exp.Avg, exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.Div, exp.First, exp.Last, exp.Pow, exp.Rand,
    exp.Round, exp.Sqrt, exp.Stddev, exp.Variance,
)  # fmt: skip


class NotPortable(ValueError):
    """The statement says something that engines answer differently; the message shows what."""


def translate(statement: str, values: Mapping[str, int | Sequence[int]], dialect: Dialect) -> str:
    """A compiled statement with its parameters filled in, in the dialect's words. Raises NotPortable."""
    # Numbers and lists of numbers only: nothing that a user wrote gets into the text.
    filled = statement % {name: _literal(value) for name, value in values.items()}
    try:
        tree = sqlglot.parse_one(filled, read="postgres")
    except SqlglotError as error:
        raise NotPortable(f"it can't be read: {str(error).splitlines()[0]}") from None
    for node in tree.walk():
        if isinstance(node, _FOREIGN):
            raise NotPortable(f"{node.sql('postgres')} is not the same on every engine")
    put_right = _for_duckdb if dialect == "duckdb" else _for_spark
    # Leaves first, so that what is put right higher up holds what was put right below.
    for node in reversed(list(tree.walk())):
        if (better := put_right(node)) is not node:
            node.replace(better)
    return tree.sql(dialect, comments=False)


def _literal(value: int | Sequence[int]) -> str:
    return str(int(value)) if isinstance(value, int) else f"ARRAY[{', '.join(str(int(each)) for each in value)}]"


def _for_duckdb(node: exp.Expr) -> exp.Expr:
    match node:
        case exp.Cast() if _is_numeric(node.to):
            return _wide(node.this, "duckdb")
        case exp.IntDiv():
            # sqlglot writes the operands bare, so that a sum below the line would come apart.
            return exp.paren(exp.IntDiv(this=_wide(node.this, "duckdb"), expression=_wide(node.expression, "duckdb")))
        case exp.Collate():
            return exp.paren(node.this.copy())  # byte order is the engine's own
    return node


def _for_spark(node: exp.Expr) -> exp.Expr:
    match node:
        case exp.Cast() if _is_numeric(node.to):
            return _wide(node.this, "spark")
        case exp.Sum():
            return exp.Sum(this=_wide(node.this, "spark"))
        case exp.IntDiv():
            return _exactly_divided(node)
        case exp.Collate():
            return exp.paren(node.this.copy())
        case exp.CTE():
            node.set("materialized", None)
        case exp.Bracket() if isinstance(node.expressions[0], exp.Slice):
            return _sorted_and_cut(node)
    return node


def _is_numeric(kind: exp.DataType) -> bool:
    return kind.this == exp.DataType.Type.DECIMAL and not kind.expressions


def _wide(node: exp.Expr, dialect: Dialect) -> exp.Expr:
    return exp.Cast(this=exp.paren(node.copy()), to=_WIDE[dialect].copy())


def _exactly_divided(node: exp.IntDiv) -> exp.Expr:
    """Spark's `div` gives 64 bits and its `/` rounds: what is left over is taken off first, then nothing is rounded."""
    a, b = _wide(node.this, "spark"), _wide(node.expression, "spark")
    exact = exp.paren(exp.Sub(this=a, expression=exp.Mod(this=a.copy(), expression=b)))
    return _wide(exp.Div(this=exact, expression=b.copy(), typed=False, safe=False), "spark")


def _sorted_and_cut(node: exp.Bracket) -> exp.Expr:
    """`(array_agg(DISTINCT x ORDER BY x) FILTER (...))[1:n]`: Spark collects a set, then sorts and cuts it."""
    upto = node.expressions[0].expression
    inner = node.this.unnest()
    condition = inner.args.get("expression") if isinstance(inner, exp.Filter) else None
    agg = inner.this if isinstance(inner, exp.Filter) else inner
    ordered = agg.this if isinstance(agg, exp.ArrayAgg) else None
    if not isinstance(ordered, exp.Order) or not isinstance(ordered.this, exp.Distinct):
        raise NotPortable(f"{node.sql('postgres')}: a list is cut only when it is distinct and ordered")
    (value,) = ordered.this.expressions
    falling = bool(ordered.expressions[0].args.get("desc"))
    collected: exp.Expr = exp.Anonymous(this="collect_set", expressions=[value.copy()])
    if condition is not None:
        collected = exp.Filter(this=collected, expression=condition.copy())
    ascending = exp.Boolean(this=not falling)
    ordered_list = exp.Anonymous(this="sort_array", expressions=[collected, ascending])
    return exp.Anonymous(this="slice", expressions=[ordered_list, exp.Literal.number(1), upto.copy()])
