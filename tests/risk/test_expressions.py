"""The language of rules: what it says in SQL, what it refuses, and that its arithmetic is exact."""

from __future__ import annotations

import re

import psycopg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from risk.expressions import ExpressionError, aggregate, literal, names_in, scalar

COLUMNS = {"a": "r.a", "b": "r.b", "name": "r.name"}
CONSTANTS = {"k": "%(p_k)s"}


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("a >= k", "(r.a >= %(p_k)s)"),
        ("a // b * 3", "(div(r.a::numeric, nullif(r.b, 0))::numeric * 3)"),
        ("name in ('x', 'y') and not a == 1", "((r.name IN ('x', 'y')) AND (NOT (r.a = 1)))"),
        ("name is None or name != 'it''s'", "((r.name IS NULL) OR (r.name <> 'its'))"),
        ("1 if a < 2 else -b", "(CASE WHEN (r.a < 2) THEN 1 ELSE (- r.b) END)"),
        ("least(a, greatest(b, 0)) + abs(a - b)", "(least(r.a, greatest(r.b, 0)) + abs((r.a - r.b)))"),
        ("name not in ('x',)", "(r.name NOT IN ('x'))"),
        ("name == '100%'", "(r.name = '100%%')"),
    ],
)
def test_expression_becomes_sql(text: str, sql: str) -> None:
    assert scalar(text, {**COLUMNS, **CONSTANTS}) == sql


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("count()", "count(*)"),
        ("count_if(a > k)", "count(CASE WHEN (r.a > %(p_k)s) THEN 1 END)"),
        ("distinct(name)", "count(DISTINCT r.name)"),
        ("distinct_if(name, a > 0)", "count(DISTINCT CASE WHEN (r.a > 0) THEN r.name END)"),
        ("sum(a * b)", "sum((r.a::numeric * r.b))"),
        ("sum_if(a, b == 1)", "sum(CASE WHEN (r.b = 1) THEN r.a ELSE 0 END)"),
        ("max(a) - min(a)", "(max(r.a) - min(r.a))"),
        ("max(a) * k", "(max(r.a)::numeric * %(p_k)s)"),
    ],
)
def test_aggregate_becomes_sql(text: str, sql: str) -> None:
    assert aggregate(text, COLUMNS, CONSTANTS) == sql


@pytest.mark.parametrize(
    "text",
    [
        "a / b", "a ** 2", "a % 2", "1.5 * a", "True", "None", "a if b", "a.b", "a[0]", "lambda: 1", "f'{a}'",
        "__import__('os')", "a < b < 3", "unknown", "now()", "[a, b]", "a := 1", "name in a", "name is 'x'", "~a",
        "least()", "", "a; b", "'a\\\\b'", "count(*)", "least(a, key=1)", "'\0'",
    ],
)  # fmt: skip
def test_what_is_not_in_the_language_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        scalar(text, COLUMNS)


@pytest.mark.parametrize(
    "text", ["a", "a + count()", "sum(sum(a))", "sum()", "sum(a, b)", "distinct_if(a)", "count(a)"]
)
def test_columns_stand_within_one_aggregate(text: str) -> None:
    with pytest.raises(ExpressionError):
        aggregate(text, COLUMNS, CONSTANTS)


def test_error_says_what_there_is() -> None:
    with pytest.raises(ExpressionError, match=r"'amuont' .* is not known here; there is: a, b, name"):
        scalar("amuont > 3", COLUMNS)
    with pytest.raises(ExpressionError, match="needs an aggregate round it"):
        aggregate("a", COLUMNS, CONSTANTS)


def test_names_are_found() -> None:
    assert names_in("a + least(b, 3) if name == 'c' else 0") == {"a", "b", "least", "name"}
    assert names_in("a +") == set()


_NUMBERS = st.recursive(
    st.integers(-(2**53), 2**53).map(str) | st.sampled_from(["a", "b"]),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "//"]), inner),
    max_leaves=6,
)


@example(["(2147483647 + 2147483647)"])
@given(st.lists(_NUMBERS, min_size=20, max_size=20))
def test_arithmetic_is_that_of_unbounded_integers(postgres_dsn: str, texts: list[str]) -> None:
    """No amount that anybody reports makes a rule overflow; division cuts towards zero, and by zero is nothing."""
    names = {"a": "9007199254740991::bigint", "b": "(-7)::bigint"}
    with psycopg.connect(postgres_dsn) as connection:
        row = connection.execute("SELECT " + ", ".join(scalar(text, names) for text in texts)).fetchone()
    assert row is not None
    assert [None if value is None else int(value) for value in row] == [_value(text) for text in texts]


def _value(text: str) -> int | None:
    class Number(int):
        def __floordiv__(self, other: int) -> Number:
            if other == 0:
                raise ZeroDivisionError
            size = abs(int(self)) // abs(int(other))
            return Number(size if (self < 0) == (other < 0) else -size)

        def __add__(self, other: int) -> Number:
            return Number(int(self) + int(other))

        def __sub__(self, other: int) -> Number:
            return Number(int(self) - int(other))

        def __mul__(self, other: int) -> Number:
            return Number(int(self) * int(other))

        def __neg__(self) -> Number:
            return Number(-int(self))

    wrapped = re.sub(r"\d+", lambda match: f"N({match[0]})", text)
    try:
        return int(eval(wrapped, {"N": Number, "a": Number(2**53 - 1), "b": Number(-7)}))
    except ZeroDivisionError:
        return None


def test_literals_are_quoted() -> None:
    assert literal("O'Hara 5%") == "'O''Hara 5%%'"
    assert literal(None) == "NULL"
    assert literal(-3) == "-3"
