"""`crowdledger export`: the whole ledger as files, with a progress bar on stderr."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ops.export.run import export
from ops.export.standing import ExportProblem
from ops.migrate import MigrationError, migrate
from ops.postgres import PostgresError, database
from ops.settings import Settings, SettingsError

_HELP = (
    "Write events and views as Parquet, and a journal for hledger, all as of one position. "
    "An earlier export in the folder is replaced when the new one is whole."
)
_EXPECTED = (ExportProblem, PostgresError, MigrationError, SettingsError, psycopg.OperationalError)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("export", help=_HELP)(export_)


def export_(
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="An empty or new folder, or an earlier export.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The manifest on stdout, all else on stderr.")] = False,
) -> None:
    """Export; exit code 1 where it could not be done: then the folder is as it was."""
    console = Console(stderr=True)
    try:
        with database(Settings.load()) as dsn:
            migrate(dsn)
            manifest = _run(dsn, to, console)
    except _EXPECTED as problem:
        console.print(f"[bold red]Error:[/] {escape(str(problem))}", soft_wrap=True, highlight=False)
        raise typer.Exit(1) from problem
    except KeyboardInterrupt:
        console.print("Stopped. What was in the folder before is as it was.")
        raise typer.Exit(130) from None
    if as_json:
        typer.echo(json.dumps(manifest, ensure_ascii=False))
        return
    files = manifest["files"]
    size = sum(each["bytes"] for each in files) / 2**20
    typer.echo(f"Exported position {manifest['position']:,} to {to}: {len(files)} files, {size:,.1f} MiB.")
    typer.echo(f"Try: hledger -f {to / 'ledger.journal'} balance")


def _run(dsn: str, to: Path, console: Console) -> dict[str, Any]:
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True, refresh_per_second=4) as bar:
        task = bar.add_task("export", total=None)

        def show(what: str, done: int, total: int | None) -> None:
            bar.update(task, description=what, completed=done, total=total)

        return export(dsn, to, show)
