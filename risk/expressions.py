"""The closed language of rule documents, rendered as SQL: integers, comparisons, a few functions, nothing else.

Python's own grammar is used to parse, so `a // b`, `x in ("reward", "equity")`, `ip is None`, `1 if k > 3 else 0` and
`p and not q` mean what a reader expects. What is not listed here is refused when the document is loaded.

Engines agree on the result since every number is an integer (minor units, basis points, days): products and quotients
are taken over exact numerics, so that no reported amount can make a rule overflow and fall silent; `a // b` cuts
towards zero and is NULL, which counts as false, where b is zero. A boolean is never turned into a number.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

Names = Mapping[str, str]  # a name of the document -> the SQL it stands for

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "=",
    ast.NotEq: "<>",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_SCALARS = {"least": "least", "greatest": "greatest", "abs": "abs"}
_LENGTH_MAX = 2_000


class ExpressionError(ValueError):
    """The expression says something the language has not; the message shows what, and what there is."""


def scalar(text: str, names: Names) -> str:
    """The SQL of an expression over one row. Raises ExpressionError."""
    return _Renderer(text, names, {}, aggregates=False).render()


def aggregate(text: str, columns: Names, constants: Names) -> str:
    """The SQL of an expression over a group of rows: `columns` stand within aggregates, `constants` need none.

    Raises ExpressionError.
    """
    return _Renderer(text, columns, constants, aggregates=True).render()


def names_in(text: str) -> set[str]:
    """The names that an expression mentions, functions included. Empty where it can't be read."""
    try:
        return {node.id for node in ast.walk(ast.parse(text.strip(), mode="eval")) if isinstance(node, ast.Name)}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()


def literal(value: int | str | None) -> str:
    """A constant of a document as SQL. Percent signs are doubled, since the statement takes named parameters."""
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(int(value))
    if "\0" in value or "\\" in value:
        raise ExpressionError(f"{value!r} has a character that no constant needs.")
    return "'" + value.replace("'", "''").replace("%", "%%") + "'"


def _wide(node: ast.expr, rendered: str) -> str:
    """A bare 2000000000 is a 32-bit integer to PostgreSQL, and two of them overflow when they are added."""
    number = node.operand if isinstance(node, ast.UnaryOp) else node
    return f"{rendered}::bigint" if isinstance(number, ast.Constant) else rendered


class _Renderer:
    """One expression. Everything is put in parentheses, so SQL's precedence never matters."""

    def __init__(self, text: str, columns: Names, constants: Names, *, aggregates: bool) -> None:
        self._text = text
        self._names = {**columns, **constants}
        self._constants = constants
        self._aggregates: dict[str, Callable[[list[ast.expr]], str]] = (
            {
                "count": self._count,
                "count_if": self._count_if,
                "distinct": self._distinct,
                "distinct_if": self._distinct_if,
                "sum": lambda arguments: self._folded("sum", arguments),
                "sum_if": self._sum_if,
                "min": lambda arguments: self._folded("min", arguments),
                "max": lambda arguments: self._folded("max", arguments),
            }
            if aggregates
            else {}
        )
        self._kinds: dict[type[ast.expr], Callable[[Any], str]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.UnaryOp: self._sign,
            ast.BinOp: self._arithmetic,
            ast.BoolOp: self._boolean,
            ast.Compare: self._comparison,
            ast.IfExp: self._choice,
            ast.Call: self._call,
        }
        self._inside = not aggregates  # are bare names of columns allowed here?

    def render(self) -> str:
        if len(self._text) > _LENGTH_MAX:
            raise ExpressionError(f"an expression has at most {_LENGTH_MAX} characters.")
        try:
            tree = ast.parse(self._text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise ExpressionError(f"{self._text!r} can't be read: {error}") from None
        return self._of(tree.body)

    def _of(self, node: ast.expr) -> str:
        render = self._kinds.get(type(node))
        if render is None:
            raise self._foreign(node)
        return render(node)

    def _foreign(self, node: ast.expr) -> ExpressionError:
        return ExpressionError(f"{ast.unparse(node)!r} in {self._text!r} is not part of the language.")

    def _constant(self, node: ast.Constant) -> str:
        if isinstance(node.value, bool) or not isinstance(node.value, int | str):
            raise ExpressionError(f"{self._text!r}: constants are integers and texts; compare with None by `is`.")
        return literal(node.value)

    def _sign(self, node: ast.UnaryOp) -> str:
        if isinstance(node.op, ast.USub):
            return f"(- {self._of(node.operand)})"
        if isinstance(node.op, ast.Not):
            return f"(NOT {self._of(node.operand)})"
        raise self._foreign(node)

    def _boolean(self, node: ast.BoolOp) -> str:
        word = " AND " if isinstance(node.op, ast.And) else " OR "
        return "(" + word.join(self._of(value) for value in node.values) + ")"

    def _choice(self, node: ast.IfExp) -> str:
        return f"(CASE WHEN {self._of(node.test)} THEN {self._of(node.body)} ELSE {self._of(node.orelse)} END)"

    def _name(self, node: ast.Name) -> str:
        name = node.id
        if name not in self._names:
            raise ExpressionError(f"{name!r} in {self._text!r} is not known here; there is: {', '.join(self._names)}.")
        if not self._inside and name not in self._constants:
            raise ExpressionError(f"{name!r} in {self._text!r} needs an aggregate round it, such as max({name}).")
        return self._names[name]

    def _arithmetic(self, node: ast.BinOp) -> str:
        a, b = self._of(node.left), self._of(node.right)
        match node.op:
            case ast.Add():
                return f"({_wide(node.left, a)} + {b})"
            case ast.Sub():
                return f"({_wide(node.left, a)} - {b})"
            case ast.Mult():
                return f"({a}::numeric * {b})"
            case ast.FloorDiv():
                return f"div({a}::numeric, nullif({b}, 0))"
        raise ExpressionError(f"{self._text!r}: there is + - * and // (integer division), no other arithmetic.")

    def _comparison(self, node: ast.Compare) -> str:
        if len(node.ops) != 1:
            raise ExpressionError(f"{self._text!r}: write `a < b and b < c`, not `a < b < c`.")
        a, operator, right = self._of(node.left), node.ops[0], node.comparators[0]
        if isinstance(operator, ast.Is | ast.IsNot):
            if not (isinstance(right, ast.Constant) and right.value is None):
                raise ExpressionError(f"{self._text!r}: `is` stands before None only.")
            return f"({a} IS {'NOT ' if isinstance(operator, ast.IsNot) else ''}NULL)"
        if isinstance(operator, ast.In | ast.NotIn):
            if not isinstance(right, ast.Tuple) or not all(isinstance(item, ast.Constant) for item in right.elts):
                raise ExpressionError(f'{self._text!r}: `in` stands before a list of constants, ("a", "b").')
            items = ", ".join(self._of(item) for item in right.elts)
            return f"({a} {'NOT IN' if isinstance(operator, ast.NotIn) else 'IN'} ({items}))"
        return f"({a} {_COMPARISONS[type(operator)]} {self._of(right)})"

    def _call(self, node: ast.Call) -> str:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self._foreign(node)
        name, arguments = node.func.id, node.args
        if name in self._aggregates:
            if self._inside:
                raise ExpressionError(f"{self._text!r}: an aggregate within an aggregate.")
            self._inside = True
            try:
                return self._aggregates[name](arguments)
            finally:
                self._inside = False
        if name in _SCALARS and arguments:
            return f"{_SCALARS[name]}({', '.join(self._of(argument) for argument in arguments)})"
        known = ", ".join(sorted([*_SCALARS, *self._aggregates]))
        raise ExpressionError(f"{name!r} in {self._text!r} is no function here; there is: {known}.")

    def _arguments(self, arguments: list[ast.expr], number: int) -> list[str]:
        if len(arguments) != number:
            raise ExpressionError(f"{self._text!r}: this aggregate takes {number} argument(s).")
        return [self._of(argument) for argument in arguments]

    def _count(self, arguments: list[ast.expr]) -> str:
        self._arguments(arguments, 0)
        return "count(*)"

    def _count_if(self, arguments: list[ast.expr]) -> str:
        (test,) = self._arguments(arguments, 1)
        return f"count(CASE WHEN {test} THEN 1 END)"

    def _distinct(self, arguments: list[ast.expr]) -> str:
        (column,) = self._arguments(arguments, 1)
        return f"count(DISTINCT {column})"

    def _distinct_if(self, arguments: list[ast.expr]) -> str:
        column, test = self._arguments(arguments, 2)
        return f"count(DISTINCT CASE WHEN {test} THEN {column} END)"

    def _sum_if(self, arguments: list[ast.expr]) -> str:
        column, test = self._arguments(arguments, 2)
        return f"sum(CASE WHEN {test} THEN {column} ELSE 0 END)"

    def _folded(self, function: str, arguments: list[ast.expr]) -> str:
        (column,) = self._arguments(arguments, 1)
        return f"{function}({column})"
