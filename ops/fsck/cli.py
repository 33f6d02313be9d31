"""`crowdledger fsck`: is everything what the events say it is."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ledger.notes import NoteError, VerifierKey, parse_key
from ops.explained import explained
from ops.fsck.report import Report
from ops.fsck.run import fsck, quick
from ops.migrate import migrate
from ops.postgres import database
from ops.settings import Settings

_err = Console(stderr=True)


class Check(StrEnum):
    """A part of the whole check."""

    EVENTS = "events"
    TREE = "tree"
    STATES = "states"
    VIEWS = "views"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("fsck")(command)


def command(
    *,
    only: Annotated[list[Check] | None, typer.Option(help="One check, or several; default: all.")] = None,
    sample: Annotated[bool, typer.Option("--quick", help="A sample, in seconds.")] = False,
    key: Annotated[
        list[str] | None,
        typer.Option(help="A key of the log as you have it from elsewhere; only heads signed by these are believed."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")] = False,
) -> None:
    """Derive every balance, view and tree head again from the events and compare; exit code 1 on any difference.

    Runs beside a live server. `events`: positions, canonical bodies, hashes, parked, corrections. `tree`: leaves and
    signed heads. `states`: every decision again, its postings, and what is known of each entity. `views`: each view.
    """
    if sample and only:
        raise typer.BadParameter("--quick chooses its own checks; leave --only out.")
    if sample and key:
        raise typer.BadParameter("--quick looks at one head only; leave it out to hold all heads against your keys.")
    try:
        trusted = [parse_key(text) for text in key or ()]
    except NoteError as error:
        raise typer.BadParameter(f"{error}; `crowdledger sealing keys` prints keys in their form.") from error
    # Not 1: that would say that something differs.
    with explained(code=3), database(Settings.load()) as dsn:
        migrate(dsn)
        report, seconds = _run(dsn, frozenset(each.value for each in only or Check), trusted, sample=sample)
    _show(report, seconds, as_json=as_json)
    raise typer.Exit(0 if report.ok else 1)


def _run(dsn: str, only: frozenset[str], trusted: Sequence[VerifierKey], *, sample: bool) -> tuple[Report, float]:
    started = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_err, transient=True) as bar:
        task = bar.add_task("events", total=None)

        def show(what: str, done: int, of: int) -> None:
            bar.update(task, description=what, completed=done, total=of)

        report = quick(dsn, show) if sample else fsck(dsn, only, show, trusted)
    return report, time.monotonic() - started


def _show(report: Report, seconds: float, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({**report.plain(), "seconds": round(seconds, 1)}, ensure_ascii=False))
        return
    for line in report.lines():
        _err.print(f"[red]{escape(line)}[/]", soft_wrap=True, highlight=False)
    for note in report.notes:
        _err.print(escape(note), soft_wrap=True, highlight=False)
    what = ", ".join(report.checked)
    if report.ok:
        typer.echo(f"as the log says: {what} of {report.events:,} events, position {report.position}, {seconds:.1f} s")
        return
    first = report.first()
    begins = "" if first is None else f"; the first at position {first}"
    typer.echo(f"{sum(report.counts.values())} differences in {what} of {report.events:,} events{begins}")
