"""Rules about size and substance: short functions, short files, a docstring each, nothing empty, nothing swallowed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ops.tidy.finding import Finding, Source

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 400

Function = ast.FunctionDef | ast.AsyncFunctionDef


def long_function(source: Source) -> Iterator[Finding]:
    """A function that does not fit on a screen does more than one thing."""
    for function in _functions(source.tree):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            message = f"{function.name} has {lines} lines, {FUNCTION_LINES_MAX} is the most. Split it by what it does."
            yield source.finding(function, "long-function", message)


def long_file(source: Source) -> Iterator[Finding]:
    """A file that grows past its limit has become a service class or a drawer."""
    lines = source.text.count("\n")
    if lines > FILE_LINES_MAX:
        message = f"{lines} lines, {FILE_LINES_MAX} is the most. Give one of its concerns a file of its own."
        yield source.finding(1, "long-file", message)


def module_docstring(source: Source) -> Iterator[Finding]:
    """The first line of a file says what it is for."""
    if source.tree.body and not (ast.get_docstring(source.tree) or "").strip():
        yield source.finding(1, "module-docstring", "No docstring. Say in one line what the file is for.")


def public_docstring(source: Source) -> Iterator[Finding]:
    """What other files call says what holds."""
    if source.folder == "tests":
        return
    for node in source.tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node):
            message = f"{node.name} is public and has no docstring. Say what it gives, or begin its name with _."
            yield source.finding(node, "public-docstring", message)


def empty_function(source: Source) -> Iterator[Finding]:
    """A body of nothing is a promise not kept; protocols, abstract methods and overloads promise nothing."""
    if source.folder == "tests":
        return  # a stand-in may well do nothing
    protocols = {
        id(function)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.dump(base) for base in node.bases)
        for function in node.body
    }
    for function in _functions(source.tree):
        marks = " ".join(ast.dump(mark) for mark in function.decorator_list)
        if id(function) in protocols or "abstract" in marks or "overload" in marks:
            continue
        if all(_is_nothing(statement) for statement in function.body):
            message = f"{function.name} does nothing. Write it, make it abstract, or take it out."
            yield source.finding(function, "empty-function", message)


def swallowed_exception(source: Source) -> Iterator[Finding]:
    """Nothing stops quietly: an error is handled, told or passed on."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and all(_is_nothing(one, or_continue=True) for one in node.body):
            message = "The error is dropped. Handle it, log it, or say so with contextlib.suppress and a comment."
            yield source.finding(node, "swallowed-exception", message)


def _functions(tree: ast.Module) -> Iterator[Function]:
    yield from (node for node in ast.walk(tree) if isinstance(node, Function))


def _is_nothing(statement: ast.stmt, *, or_continue: bool = False) -> bool:
    if isinstance(statement, ast.Pass) or (or_continue and isinstance(statement, ast.Continue)):
        return True
    # A docstring or an ellipsis.
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
