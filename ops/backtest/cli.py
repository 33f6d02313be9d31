"""`crowdledger rules backtest`: on PostgreSQL or DuckDB, from an archive if need be, against labels, with a picture."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple

import psycopg
import typer
from rich.markup import escape
from rich.table import Table

from ops import rules
from ops.backtest.picture import picture
from ops.bars import Show, bar, screen
from ops.explained import explained
from projections.runner import run_until
from risk import backtest as testing
from risk.backtest import Judge, Tested, backtest, check_params, on_engine, on_postgres
from risk.compile import date_of
from risk.document import LIFE_DAYS, Loaded, RuleError
from risk.engines.archived import ArchiveError, read_manifest, table_in
from risk.engines.duckdb import DuckDB
from risk.engines.extract import read_input
from risk.evaluator import standing_still
from risk.labels import Label, LabelError, read_labels
from risk.shapes import Inconclusive

SHOWN_MAX = 20  # findings
_EXPECTED = (RuleError, LabelError, ArchiveError, Inconclusive, LookupError, TimeoutError)
_out = screen()


class EngineName(StrEnum):
    """Which engine judges; all find the same."""

    POSTGRES = "postgres"
    DUCKDB = "duckdb"


class _Ready(NamedTuple):
    """All that a backtest needs."""

    judge: Judge
    engine: EngineName
    cutoff: int


def register(app: typer.Typer) -> None:
    """Add the command to `crowdledger rules`."""
    rules.group.command("backtest")(backtest_)


def backtest_(
    name: Annotated[str, typer.Argument(metavar="RULE", help="A rule's id, or its beginning.", show_default=False)],
    *,
    first: rules.First = None,
    last: rules.Last = None,
    param: Annotated[list[str] | None, typer.Option(metavar="NAME=INTEGER", help="Another threshold.")] = None,
    engine: Annotated[
        EngineName | None, typer.Option(help="Default: postgres; duckdb with --archive.", show_default=False)
    ] = None,
    archive: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Read from `crowdledger rules archive`; needs no database.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="What is known: entity,first_day,last_day.")
    ] = None,
    svg: Annotated[Path | None, typer.Option("--picture", metavar="FILE.svg", help="Findings per day, drawn.")] = None,
    as_json: rules.Json = False,
) -> None:
    """Run a rule over a period as it would have run each day. Records nothing, raises nothing."""
    with explained(*_EXPECTED):
        (loaded,) = rules.chosen(name, everything=False)
        params = check_params(loaded, _params(param or []))
        known = _labels(labels) if labels else None
        with bar() as show:
            tested = _tested(loaded, (first, last), params, known, engine, archive, show)
        answer = testing.summary(tested, loaded)
        if svg is not None:
            _draw(svg, tested, loaded)
        if as_json:
            typer.echo(
                json.dumps({**answer, "items": [testing.item(each) for each in tested.findings]}, ensure_ascii=False)
            )
            return
        _report(tested)


def _tested(
    loaded: Loaded,
    period: tuple[str | None, str | None],
    params: dict[str, int],
    labels: Sequence[Label] | None,
    engine: EngineName | None,
    archive: Path | None,
    show: Show,
) -> Tested:
    def progress(done: int, total: int) -> None:
        show(f"{loaded.rule.id}: days", done, total)

    if archive is not None:
        if engine is EngineName.POSTGRES:
            raise RuleError("an archive is read by duckdb; leave out --engine postgres, or --archive.")
        days = _days_of_archive(*period)
        ready = _from_archive(loaded, archive)
        with ready as (judge, used, cutoff):
            return backtest(
                loaded, judge, days, engine=used, cutoff=cutoff, params=params, labels=labels, progress=progress
            )
    with rules.connected() as (dsn, connection):
        show("views", 0, None)
        run_until(dsn)
        days = rules.days_of(connection, *period)
        show(f"{loaded.rule.input}", 0, None)
        with (
            standing_still(connection, loaded.rule) as cutoff,
            _here(loaded, connection, cutoff, days, engine or EngineName.POSTGRES) as (judge, used, _),
        ):
            return backtest(
                loaded, judge, days, engine=used, cutoff=cutoff, params=params, labels=labels, progress=progress
            )


@contextmanager
def _here(
    loaded: Loaded, connection: psycopg.Connection, cutoff: int, days: Sequence[int], engine: EngineName
) -> Iterator[_Ready]:
    if engine is EngineName.POSTGRES:
        yield _Ready(on_postgres(connection, loaded, cutoff), engine, cutoff)
        return
    width = loaded.rule.window.width_days
    first = 0 if width == LIFE_DAYS else max(min(days) - width + 1, 0)
    table = read_input(connection, loaded.rule.input, cutoff, first, max(days))
    with DuckDB() as duck:
        yield _Ready(on_engine(duck, loaded, table), engine, cutoff)


@contextmanager
def _from_archive(loaded: Loaded, folder: Path) -> Iterator[_Ready]:
    manifest = read_manifest(folder)
    table = table_in(folder, manifest, loaded.rule.input)
    with DuckDB() as duck:
        yield _Ready(on_engine(duck, loaded, table), EngineName.DUCKDB, manifest.cutoff)


def _days_of_archive(first: str | None, last: str | None) -> list[int]:
    if first is None:
        raise RuleError("with --archive, say which days: --from DATE and --to DATE.")
    begin = rules.date_in(first)
    end = rules.date_in(last) if last else begin
    return rules.span(begin, end)


def _params(given: Sequence[str]) -> dict[str, int]:
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not value.lstrip("-").isdigit():
            raise RuleError(f"--param {each}: write NAME=INTEGER, such as k=5.")
        found[name] = int(value)
    return found


def _labels(path: Path) -> list[Label]:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return read_labels(lines)
    except (OSError, UnicodeDecodeError) as error:
        raise LabelError(f"{path} can't be read: {error}.") from None


def _draw(path: Path, tested: Tested, loaded: Loaded) -> None:
    changed = {name: value for name, value in tested.params.items() if value != loaded.rule.params[name]}
    said = ", ".join(f"{name}={value}" for name, value in changed.items())
    title = f"{tested.rule} v{tested.version}: {len(tested.findings)} findings, {tested.alerts} alerts"
    drawn = picture(f"{title} ({said})" if said else title, tested.days, tested.findings, tested.own)
    try:
        path.write_text(drawn, encoding="utf-8", newline="\n")
    except OSError as error:
        raise RuleError(f"the picture can't be written: {error}.") from None


def _report(tested: Tested) -> None:
    _out.print(
        f"{tested.rule} version {tested.version}: {tested.alerts} alerts, {len(tested.findings)} findings on "
        f"{len(tested.days)} days, on {tested.engine}, as of position {tested.cutoff}"
    )
    by_severity = Table("severity", "findings", "days with any")
    for severity in dict.fromkeys(each.severity for each in tested.findings):
        own = [each.day for each in tested.findings if each.severity == severity]
        by_severity.add_row(severity, f"{len(own):,}", f"{len(set(own)):,}")
    if tested.findings:
        _out.print(by_severity)
    if tested.difference is not None:
        left, right, both = (len(part) for part in tested.difference)
        _out.print(f"Against the rule's own thresholds: {right} matters more, {left} fewer, {both} found by both.")
    if tested.at_budgets is not None:
        at = Table("alerts looked at", "there were", "right", "precision", "labels found", "recall")
        for each in tested.at_budgets:
            precision = "" if each.precision_bp is None else f"{each.precision_bp / 100:.1f} %"
            figures = (str(each.budget), str(each.alerts), str(each.hits), precision, str(each.found))
            at.add_row(*figures, f"{each.recall_bp / 100:.1f} %")
        _out.print(at)
    for one in sorted(tested.findings, key=lambda one: -one.score)[:SHOWN_MAX]:
        line = f"{date_of(one.day)} {one.severity} {one.score}  {one.en}"
        _out.print(escape(line), highlight=False, soft_wrap=True)
