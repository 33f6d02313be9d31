"""Rules about the repository as a whole: SQL that nobody asks for, packages used but not declared, stray paths."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path, PurePosixPath

from ops.tidy.finding import Finding, Source, allowed

OURS = frozenset({"ledger", "projections", "risk", "api", "ops", "tests"})
FIXED_LETTERS_MIN = 3
_BLOCK = re.compile(r"^-- name: (\w+)", re.MULTILINE)
_INCLUDED = re.compile(r"^ *-- include: (\w+)", re.MULTILINE)
_STRAY = re.compile(r"(?:/work|/root|/home/\w+|/Users/\w+)/\w")


def unused_sql(sources: Iterable[Source], sql_files: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """Each named block is asked for by its name in the same top folder, or included by another of its file."""
    asked: dict[str, set[str]] = {}
    patterns: dict[str, set[str]] = {}
    for source in sources:
        names, made = asked.setdefault(source.folder, set()), patterns.setdefault(source.folder, set())
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(node.value.replace(".", "_"))  # documents say `v1.pledge`, a block is `v1_pledge`
            elif isinstance(node, ast.JoinedStr):
                made.update(_made_names(node))
    for path, text in sql_files:
        folder = PurePosixPath(path).parts[0]
        for match in _BLOCK.finditer(text):
            name = match.group(1)
            if (
                name in _INCLUDED.findall(text)
                or name in asked.get(folder, ())
                or any(re.fullmatch(one, name) for one in patterns.get(folder, ()))
            ):
                continue
            line = text.count("\n", 0, match.start()) + 1
            finding = Finding(path, line, "unused-sql", f"Nobody in {folder}/ asks for block {name!r}. Take it out.")
            if not allowed(text.split("\n"), finding):
                yield finding


def _made_names(text: ast.JoinedStr) -> Iterator[str]:
    """A pattern for the names that an f-string like f"copy_{table}" can make; none where too little of it is fixed."""
    parts = [part.value if isinstance(part, ast.Constant) else None for part in text.values]
    fixed = "".join(part for part in parts if isinstance(part, str))
    if fixed.isidentifier() and len(fixed) >= FIXED_LETTERS_MIN:
        yield "".join(re.escape(part) if isinstance(part, str) else r"\w+" for part in parts)


def undeclared_package(sources: Iterable[Source], pyproject: str) -> Iterator[Finding]:
    """What the code imports is what pyproject.toml declares: not a package that another one happens to bring."""
    project = tomllib.loads(pyproject)
    extras = project["project"].get("optional-dependencies", {})
    runtime = {_name(line) for lines in (project["project"]["dependencies"], *extras.values()) for line in lines}
    groups = project.get("dependency-groups", {})
    development = runtime | {_name(line) for lines in groups.values() for line in lines if isinstance(line, str)}
    providers = metadata.packages_distributions()
    for source in sources:
        declared = development if source.folder == "tests" else runtime
        for node in ast.walk(source.tree):
            for module in _top_modules(node):
                if module in OURS or module in sys.stdlib_module_names or module == "__future__":
                    continue
                names = {_name(one) for one in providers.get(module, [module])}
                if not names & declared:
                    message = f"{module} ({', '.join(sorted(names))}) is imported but not declared in pyproject.toml."
                    yield source.finding(node, "undeclared-package", message)


def stray_path(files: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """A path of one developer's machine means nothing on another."""
    for path, text in files:
        for number, line in enumerate(text.split("\n"), start=1):
            if match := _STRAY.search(line):
                yield Finding(path, number, "stray-path", f"{match.group()}... is a path of one machine.")


def read_all(root: Path, folders: Iterable[str], suffixes: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Relative path and text of each file, in order; what was installed or made is left out."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file() and not {"vendor", "__pycache__"} & set(path.parts):
                yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def _name(requirement: str) -> str:
    """The package's normalised name out of a requirement."""
    return re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")


def _top_modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module.split(".")[0]]
    return []
