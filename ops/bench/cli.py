"""`crowdledger bench`: the parts of `make bench`."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console

from ops.bench import alerting, closing, eligibility, figures, ingest, market, rules
from ops.bench.console import measure as pages
from ops.bench.detection_cli import detection_command
from ops.bench.early_cli import index_command
from ops.postgres import database
from ops.settings import Settings

bench = typer.Typer(help="Measure, each figure beside its limit of the same run.", no_args_is_help=True)
_err = Console(stderr=True)

Events = Annotated[int, typer.Option(help="Events of each round of ingest.", min=1_000)]
Posts = Annotated[int, typer.Option(help="Single posts of each round.", min=200)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON array on stdout instead of the table.")]
Strict = Annotated[bool, typer.Option(help="End with exit code 1 where a figure is below its first bar.")]


@bench.command("ingest")
def ingest_command(
    events: Events = 50_000, posts: Posts = 10_000, *, as_json: AsJson = False, strict: Strict = False
) -> None:
    """Direct and NDJSON ingest beside the COPY limit; single posts beside a bare endpoint."""
    measured = _ingest(events, posts)
    _tell(measured, as_json=as_json)
    _judge(measured, strict=strict)


@bench.command("close")
def close_command(
    pledges: Annotated[int, typer.Option(help="Open pledges of the campaign.", min=1)] = closing.PLEDGES,
    *,
    as_json: AsJson = False,
    strict: Strict = False,
) -> None:
    """The close of a campaign that fails, beside a COPY of as many posting lines; how long other appends wait."""
    measured = _close(pledges)
    _tell(measured, as_json=as_json)
    _judge(measured, strict=strict)


@bench.command("eligibility")
def eligibility_command(
    events: Annotated[int, typer.Option(help="Events of the book.", min=100_000)] = eligibility.EVENTS,
    *,
    as_json: AsJson = False,
    strict: Strict = False,
) -> None:
    """An eligibility answer over HTTP on a large book, beside what was asked for."""
    measured = _eligibility(events)
    _tell(measured, as_json=as_json)
    _judge(measured, strict=strict)


@bench.command("rules")
def rules_command(
    events: Annotated[int, typer.Option(help="Events of the market.", min=10_000)] = rules.EVENTS,
    *,
    as_json: AsJson = False,
    strict: Strict = False,
) -> None:
    """All live rules on one day, and half a year of one, on PostgreSQL and DuckDB; hashes have to be equal."""
    measured = _rules(events)
    _tell(measured, as_json=as_json)
    _judge(measured, strict=strict)


bench.command("index")(index_command)
bench.command("detection")(detection_command)


@bench.command("market")
def market_command(
    seeds: Annotated[int, typer.Option(help="How many markets, of the seeds 1, 2, ...", min=1, max=100)] = 5,
    scale: Annotated[float, typer.Option(help="Size of each: 1 is about 57,000 events.", min=0.01, max=10)] = 1.0,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of the tables.")] = False,
) -> None:
    """Planted frauds that the live rules find on simulated markets, by typology; precision at a budget of alerts."""
    settings = Settings.load()
    with database(settings) as dsn:
        chosen = range(1, seeds + 1)
        measured = market.measure(dsn, settings, chosen, scale, lambda line: _err.print(f"[dim]{line}[/dim]"))
    if as_json:
        typer.echo(json.dumps(measured.as_json(), ensure_ascii=False))
    else:
        console = Console(highlight=False)
        measured.show(console if console.is_terminal else Console(highlight=False, width=120))


@bench.command("alerting")
def alerting_command(
    events: Annotated[int, typer.Option(help="Events that are there before.", min=10_000)] = alerting.HISTORY,
    *,
    as_json: AsJson = False,
    strict: Strict = False,
) -> None:
    """From an event to its alert, near real time, while other events come in."""
    measured = _alerting(events)
    _tell(measured, as_json=as_json)
    _judge(measured, strict=strict)


@bench.command("console")
def console_command(
    events: Annotated[int, typer.Option(help="Events of the book.", min=10_000)] = pages.EVENTS,
    alerts: Annotated[int, typer.Option(help="Alerts in it.", min=10)] = pages.ALERTS,
    *,
    as_json: AsJson = False,
    strict: Strict = False,
) -> None:
    """Every page that links lead to, as each kind of user, timed on the server; a dead link ends it."""
    settings = Settings.load()
    with database(settings) as dsn:
        measured, timed = pages.measure(dsn, settings, events, alerts, lambda line: _err.print(f"[dim]{line}[/dim]"))
    pages.show(timed, _err)
    _tell(measured, as_json=as_json)
    _judge(measured, strict=strict)


@bench.command("all")
def all_command(events: Events = 50_000, posts: Posts = 10_000, *, strict: Strict = False) -> None:
    """Every part, as `make bench` runs them: the table, and below it the same as one line of JSON."""
    measured = [
        *_ingest(events, posts),
        *_close(closing.PLEDGES),
        *_eligibility(eligibility.EVENTS),
        *_rules(rules.EVENTS),
        *_alerting(alerting.HISTORY),
    ]
    figures.show(measured, Console())
    typer.echo(json.dumps(figures.as_json(measured)))
    _judge(measured, strict=strict)


def _ingest(events: int, posts: int) -> list[figures.Figure]:
    settings = Settings.load()
    with database(settings) as dsn:
        return ingest.measure(dsn, settings, events, posts, lambda line: _err.print(f"[dim]{line}[/dim]"))


def _close(pledges: int) -> list[figures.Figure]:
    settings = Settings.load()
    with database(settings) as dsn:
        return closing.measure(dsn, settings, lambda line: _err.print(f"[dim]{line}[/dim]"), pledges)


def _eligibility(events: int) -> list[figures.Figure]:
    settings = Settings.load()
    with database(settings) as dsn:
        return eligibility.measure(dsn, settings, lambda line: _err.print(f"[dim]{line}[/dim]"), events)


def _rules(events: int) -> list[figures.Figure]:
    settings = Settings.load()
    with database(settings) as dsn:
        return rules.measure(dsn, settings, lambda line: _err.print(f"[dim]{line}[/dim]"), events)


def _alerting(events: int) -> list[figures.Figure]:
    settings = Settings.load()
    with database(settings) as dsn:
        return alerting.measure(dsn, settings, lambda line: _err.print(f"[dim]{line}[/dim]"), events)


def _tell(measured: list[figures.Figure], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(figures.as_json(measured)))
    else:
        figures.show(measured, Console())


def _judge(measured: list[figures.Figure], *, strict: bool) -> None:
    if strict and not all(figure.holds for figure in measured):
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(bench, name="bench")
