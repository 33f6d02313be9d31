"""`crowdledger views`: how far the views are; build them anew beside the live ones; let a parked one try again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ops.bars import screen
from ops.explained import explained
from ops.migrate import migrate
from ops.postgres import database
from ops.settings import Settings
from projections import schemas
from projections.base import View
from projections.catalogue import VIEWS, UnknownView, find
from projections.rebuild import RebuildFailed, RebuildRunning, Rebuilt, rebuild
from projections.runner import resume
from projections.status import ViewStatus, status

_EXPECTED = (UnknownView, RebuildFailed, RebuildRunning)
_group = typer.Typer(no_args_is_help=True, help="Views over the log.")
_out = screen()
_err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")]
Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="A view's name; `views list` shows them.")]
All = Annotated[bool, typer.Option("--all", help="Every view.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(_group, name="views")


@_group.command("list")
def list_(*, as_json: Json = False) -> None:
    """Show every view with its position, lag and state; exit code 1 where one is not being kept."""
    with explained(*_EXPECTED), _database() as (_, connection):
        found = status(connection)
        if as_json:
            typer.echo(json.dumps({"views": [asdict(each) for each in found]}, ensure_ascii=False))
        else:
            _out.print(_table(found))
            for each in found:
                if each.error:
                    _err.print(f"[bold red]{each.name}:[/] {escape(each.error)}", soft_wrap=True, highlight=False)
    if not all(each.is_well for each in found):
        raise typer.Exit(1)


@_group.command("rebuild")
def rebuild_(name: Name = None, *, every: All = False, as_json: Json = False) -> None:
    """Build a view anew beside the live one and switch when it has caught up. Readers notice nothing."""
    with explained(*_EXPECTED), _database() as (dsn, _):
        done = _rebuild(dsn, _chosen(name, every=every))
        rate = done.position / done.seconds if done.seconds else 0.0
        for each in done.differences:
            _err.print(f"[bold yellow]It differed:[/] {each}", soft_wrap=True, highlight=False)
        if as_json:
            answer = {**asdict(done), "differences": [str(each) for each in done.differences]}
            typer.echo(json.dumps({**answer, "events_per_second": round(rate)}))
        else:
            typer.echo(
                f"{len(done.views)} view{'s' * (len(done.views) > 1)} rebuilt to position {done.position} "
                f"in {done.seconds:.1f} s ({rate:,.0f} events/s)"
            )


@_group.command("resume")
def resume_(name: Annotated[str, typer.Argument(help="A view that is parked.")]) -> None:
    """Let a parked view try again from where it stands, after what stopped it was mended."""
    with explained(*_EXPECTED), _database() as (_, connection):
        view = find(name)
        if not resume(connection, view.NAME):
            raise RebuildFailed(f"View {name!r} is not parked, so there is nothing to resume.")
        typer.echo(f"{name} goes on; a running worker takes it up within seconds.")


def _chosen(name: str | None, *, every: bool) -> list[View]:
    if every == (name is not None):
        raise UnknownView(f"Name one view, or say --all. There are: {', '.join(VIEWS)}.")
    return list(VIEWS.values()) if name is None else [find(name)]


def _rebuild(dsn: str, views: list[View]) -> Rebuilt:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_err, transient=True) as bar:
        tasks = {view.NAME: bar.add_task(view.NAME, total=None) for view in views}

        def show(positions: dict[str, int], head: int) -> None:
            for name, position in positions.items():
                bar.update(tasks[name], completed=min(position, head), total=head)

        return rebuild(dsn, views, show)


def _table(found: list[ViewStatus]) -> Table:
    table = Table("view", "version", "position", "behind", "lag", "state")
    for each in found:
        rebuilt = "" if each.rebuilt_to is None else f", rebuilt to {each.rebuilt_to:,}"
        table.add_row(
            each.name, str(each.version or ""), f"{each.position:,}", f"{each.lag_events:,}",
            f"{each.lag_seconds:.1f} s", each.state + rebuilt,
        )  # fmt: skip
    return table


@contextmanager
def _database() -> Iterator[tuple[str, psycopg.Connection]]:
    with database(Settings.load()) as dsn:
        migrate(dsn)
        schemas.prepare(dsn)
        with psycopg.connect(dsn, autocommit=True, application_name="crowdledger views") as connection:
            yield dsn, connection
