"""Runs every rule over every file: one parse per file, one small rule per function."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from pathlib import Path

from ops.tidy import pages, project, purity, shape
from ops.tidy.finding import Finding, Source, allowed

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("ledger", "projections", "risk", "api", "ops", "tests")
TEXT_SUFFIXES = frozenset({".py", ".sql", ".toml", ".yaml", ".yml", ".html", ".js", ".css", ".md", ".sh"})

RULES: tuple[Callable[[Source], Iterable[Finding]], ...] = (
    shape.long_function,
    shape.long_file,
    shape.module_docstring,
    shape.public_docstring,
    shape.empty_function,
    shape.swallowed_exception,
    purity.clock_or_chance,
    purity.no_float,
    purity.sql_in_python,
)


def check_text(path: str, text: str) -> list[Finding]:
    """What the rules find in one file. `path` is relative to the root: some rules hold in some folders only."""
    return _check(_parse(path, text))


def check_repository(root: Path = ROOT) -> list[Finding]:
    """What the rules find in the whole repository, in the order of paths and lines."""
    sources = [_parse(path, text) for path, text in project.read_all(root, FOLDERS, frozenset({".py"}))]
    findings = [finding for source in sources for finding in _check(source)]
    sql_files = [
        (path, text)
        for path, text in project.read_all(root, FOLDERS, frozenset({".sql"}))
        if not path.startswith("ops/migrations/")
    ]
    findings += project.unused_sql(sources, sql_files)
    findings += _check_pages(root, sources)
    findings += project.undeclared_package(sources, (root / "pyproject.toml").read_text(encoding="utf-8"))
    findings += project.stray_path(project.read_all(root, (*FOLDERS, "docs"), TEXT_SUFFIXES))
    return sorted(set(findings))


def _check_pages(root: Path, sources: list[Source]) -> list[Finding]:
    files = list(project.read_all(root, ("api",), frozenset({".html", ".svg", ".js", ".css"})))
    sheets = [(path, text) for path, text in files if path.endswith(".css")]
    users = [(path, text) for path, text in files if not path.endswith(".css")]
    users += [(source.path, source.text) for source in sources if source.path.startswith(pages.CONSOLE)]
    templates = pages.parsed(files)
    return [
        *pages.unused_template(templates, sources),
        *pages.foreign_template(templates, sources),
        *pages.unused_macro(templates),
        *pages.unused_import(templates),
        *pages.unused_class(sheets, users),
    ]


def _parse(path: str, text: str) -> Source:
    return Source(path, text, ast.parse(text, filename=path))


def _check(source: Source) -> list[Finding]:
    lines = source.text.split("\n")
    return sorted(finding for rule in RULES for finding in rule(source) if not allowed(lines, finding))
