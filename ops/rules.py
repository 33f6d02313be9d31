"""`crowdledger rules`: list, test, run, lock. What was run is in rule_runs.py; archive and backtest are packages."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, timedelta
from typing import Annotated, Any

import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from ledger.intake import Intake
from ledger.kernel import clock
from ledger.store.appender import StoreUnavailable
from ops.bars import bar, screen
from ops.due import live
from ops.explained import explained
from ops.migrate import migrate
from ops.postgres import database
from ops.scheduler import SQL, submitter
from ops.settings import Settings
from ops.writer import open_appender
from projections.runner import run_until
from risk import corpus, document, fixtures, runs
from risk.compile import date_of, days_since_epoch
from risk.document import Loaded, RuleError

PIECE_DAYS = 92  # evaluation days of one run
_EXPECTED = (RuleError, StoreUnavailable, LookupError, TimeoutError)
group = typer.Typer(no_args_is_help=True, help="Rules of the risk monitor.")
_out = screen()
_err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")]
Name = Annotated[
    str | None, typer.Argument(metavar="[RULE]", help="A rule's id, or its beginning.", show_default=False)
]
First = Annotated[str | None, typer.Option("--from", metavar="DATE", help="First evaluation day, YYYY-MM-DD.")]
Last = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last evaluation day. Default: the first.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(group, name="rules")


@group.command("list")
def list_(*, as_json: Json = False) -> None:
    """Show every rule with its version, maturity, severities and schedule."""
    with explained(*_EXPECTED):
        rules = document.load_all()
        if as_json:
            _print_json({"rules": [{**each.plain, "hash": each.hash} for each in rules.values()]})
            return
        table = Table(Column("rule", no_wrap=True), "version", "maturity", "severity", "window", "runs", "finds")
        for each in rules.values():
            rule = each.rule
            bands = "-".join(dict.fromkeys((rule.severity[0].severity, rule.severity[-1].severity)))
            cron = f"{rule.schedule.cron} {rule.schedule.zone}"
            cron += f", every {rule.schedule.every}" if rule.schedule.every else ""
            table.add_row(rule.id, str(rule.version), rule.maturity, bands, rule.window.width, cron, rule.title.en)
        _out.print(table)


@group.command("test")
def play(name: Name = None) -> None:
    """Play the fixtures of one rule, or of all, through PostgreSQL; exit code 1 where one is not as expected."""
    with explained(*_EXPECTED), connected() as (_, connection):
        rules = chosen(name, everything=name is None)
        found = [problem for each in rules for problem in corpus.problems(each)]
        found += corpus.drift(document.load_all(), corpus.read_lock())
        played = 0
        for each in rules:
            for result in fixtures.play(connection, each, fixtures.load(fixtures.path_of(each.rule.id))):
                played += 1
                if result.problem:
                    found.append(f"{result.rule}, {result.case}: {result.problem}")
        for problem in found:
            _err.print(f"[red]{escape(problem)}[/]", highlight=False, soft_wrap=True)
        typer.echo(f"{len(rules)} rules, {played} checks, {len(found)} failed")
        raise typer.Exit(1 if found else 0)


@group.command("lock")
def lock() -> None:
    """Freeze the rules' versions after a change (risk/rules/rules.lock)."""
    with explained(*_EXPECTED):
        typer.echo(f"{len(corpus.write_lock())} rules frozen")


@group.command("run")
def run(
    name: Name = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Every live rule.")] = False,
    day: Annotated[str | None, typer.Option(metavar="DATE", help="One evaluation day, YYYY-MM-DD.")] = None,
    first: First = None,
    last: Last = None,
    as_json: Json = False,
) -> None:
    """Judge days, record the runs, raise alerts. Without days: every day on which anything happened, and today."""
    with explained(*_EXPECTED), connected() as (dsn, connection):
        rules = chosen(name, everything=all_)
        settings = Settings.load()
        run_until(dsn)
        days = days_of(connection, day or first, day or last)
        with open_appender(settings, dsn) as appender:
            submit = submitter(appender, Intake(settings.secret("identity")))
            done = _run(connection, submit, rules, days)
        run_until(dsn)
        _report(done, days, as_json=as_json)


def _run(
    connection: psycopg.Connection, submit: runs.Submit, rules: Sequence[Loaded], days: Sequence[int]
) -> list[runs.Ran]:
    """A long period is history that is caught up with: judged in pieces, so that what is done stays done."""
    pieces = [days[start : start + PIECE_DAYS] for start in range(0, len(days), PIECE_DAYS)]
    kind = "manual" if len(pieces) == 1 else "backfill"
    done: list[runs.Ran] = []
    with bar() as show:
        for number, each in enumerate(rules):
            own = []
            for place, piece in enumerate(pieces):
                show(f"{each.rule.id} to {date_of(piece[-1])}", number * len(pieces) + place, len(rules) * len(pieces))
                own.append(runs.run(connection, submit, each, piece, now=clock.now, kind=kind))
            if known := [ran for ran in own if ran is not None]:
                done.append(_together(known))
    return done


def _together(own: Sequence[runs.Ran]) -> runs.Ran:
    """The pieces of one rule as one; the number is the last one's."""
    names = ("days", "findings", "submitted", "raised", "joined", "duration_ms", "rows_read")
    sums = {name: sum(getattr(each, name) for each in own) for name in names}
    severities: Counter[str] = Counter()
    for each in own:
        severities.update(each.severities)
    worst = next((each for each in own if each.status != "done"), own[-1])
    return own[-1]._replace(**sums, severities=dict(severities), status=worst.status, reason=worst.reason)


def chosen(name: str | None, *, everything: bool) -> list[Loaded]:
    """The rule of that name or that begins so, or all live ones."""
    rules = document.load_all()
    if everything:
        if name is not None:
            raise RuleError("Name a rule or say --all, not both.")
        return live(rules)
    if name is None:
        raise RuleError("Name a rule, or say --all.")
    if name in rules:
        return [rules[name]]
    found = [each for rule_id, each in rules.items() if rule_id.startswith(name)]
    if len(found) != 1:
        raise RuleError(
            f"{name!r} is {'no rule' if not found else 'more than one rule'}. There are: {', '.join(rules)}."
        )
    return found


def days_of(connection: psycopg.Connection, first: str | None, last: str | None) -> list[int]:
    """The days of a period; without one, those on which anything happened, and today (UTC)."""
    if first is None and last is not None:
        raise RuleError("--to needs --from.")
    today = days_since_epoch(clock.now().astimezone(UTC).date())
    if first is None:
        rows = connection.execute(SQL["active_days"], {"last": today}).fetchall()
        return sorted({today, *(row[0] for row in rows)})
    begin = date_in(first)
    return span(begin, date_in(last) if last else begin)


def span(begin: date, end: date) -> list[int]:
    """The days of a period, both ends included. Raises RuleError."""
    if end < begin:
        raise RuleError(f"--to {end} is before --from {begin}.")
    if begin.year < 1970:
        raise RuleError("the first day that can be judged is 1970-01-01.")
    return [days_since_epoch(begin + timedelta(days=n)) for n in range((end - begin).days + 1)]


def date_in(text: str) -> date:
    """A date as it was typed. Raises RuleError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RuleError(f"{text!r} is no date; write it as YYYY-MM-DD.") from None


def _report(done: Sequence[runs.Ran], days: Sequence[int], *, as_json: bool) -> None:
    sums = {
        name: sum(getattr(each, name) for each in done)
        for name in ("findings", "submitted", "raised", "joined", "duration_ms")
    }
    if as_json:
        _print_json({"days": len(days), "rules": [each._asdict() for each in done], **sums})
        return
    for each in done:
        if each.reason is not None:
            _err.print(f"[yellow]{each.rule}: no answer: {escape(each.reason)}[/]", highlight=False, soft_wrap=True)
    table = Table("rule", "days", "findings", "new alerts", "joined", "ms", "run")
    for each in done:
        figures = (each.days, each.findings, each.raised, each.joined, each.duration_ms, each.number)
        table.add_row(f"{each.rule} v{each.version}", *(f"{figure:,}" for figure in figures))
    totals = (sums["findings"], sums["raised"], sums["joined"], sums["duration_ms"])
    table.add_row("in all", "", *(f"{total:,}" for total in totals), "", style="bold")
    _out.print(table)


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


@contextmanager
def connected() -> Iterator[tuple[str, psycopg.Connection]]:
    """The database of the settings, migrated, and a connection to it in autocommit."""
    with database(Settings.load()) as dsn:
        migrate(dsn)
        with psycopg.connect(dsn, autocommit=True, application_name="crowdledger rules") as connection:
            yield dsn, connection
