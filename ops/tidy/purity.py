"""Rules about what may be asked where: the time, chance, floating point, and SQL."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ops.tidy.finding import Finding, Source

CLOCK = "ledger/kernel/clock.py"
STORE = "ledger/store/"
REPLAYABLE = ("ledger", "projections", "risk")
# The last two words of a call. `monotonic` and `perf_counter` measure; they tell no time.
CLOCK_CALLS = frozenset(
    [f"{owner}.{call}" for owner in ("datetime", "date") for call in ("now", "utcnow", "today")]
    + [f"time.{call}" for call in ("time", "time_ns", "localtime", "gmtime")]
    + [f"{owner}{call}" for owner in ("", "uuid.", "uuid_utils.") for call in ("uuid1", "uuid4", "uuid7")]
    + ["os.urandom"]
)
CHANCE_MODULES = ("random", "secrets")

_STATEMENT = re.compile(
    r"\s*(?:(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP|TRUNCATE|WITH|COPY|LOCK TABLE|GRANT|REVOKE)"
    r"\s+[\w\"*{]"
    r"|(?i:select\s[^;]*\sfrom\s|insert\s+into\s|delete\s+from\s|update\s+\w+\s+set\s))"
)


def clock_or_chance(source: Source) -> Iterator[Finding]:
    """A decision, a view and a rule give the same answer when they are run again: time and ids are handed to them."""
    if source.folder not in REPLAYABLE or source.path == CLOCK:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and _called(node) in CLOCK_CALLS:
            yield source.finding(
                node, "clock-or-chance", f"{_called(node)}() is asked. Take it as an argument ({CLOCK})."
            )
        for module in _imported(node):
            if module.split(".")[0] in CHANCE_MODULES:
                yield source.finding(node, "clock-or-chance", f"{module} is chance. Take what you need as an argument.")


def no_float(source: Source) -> Iterator[Finding]:
    """Money is counted in whole minor units; 0.1 + 0.2 has no place in the ledger. The store waits for seconds."""
    if source.folder != "ledger" or source.path.startswith(STORE):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield source.finding(node, "no-float", f"{node.value} is a float. Use an integer or a Decimal of a string.")
        elif isinstance(node, ast.Name) and node.id == "float":
            yield source.finding(node, "no-float", "float in the ledger. Use an integer or a Decimal of a string.")


def sql_in_python(source: Source) -> Iterator[Finding]:
    """Statements live in .sql files, in named blocks, where an editor and a planner can read them."""
    if source.folder == "tests":
        return
    documentation = {id(node.value) for node in ast.walk(source.tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in documentation:
            continue
        if _STATEMENT.match(node.value):
            words = " ".join(node.value.split()[:4])
            yield source.finding(node, "sql-in-python", f"{words!r} ... Put it into a .sql file as a named block.")


def _called(call: ast.Call) -> str:
    """`a.b.c()` is `b.c`, `c()` is `c`."""
    function = call.func
    if isinstance(function, ast.Attribute):
        owner = function.value
        name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
        return f"{name}.{function.attr}"
    return function.id if isinstance(function, ast.Name) else ""


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
