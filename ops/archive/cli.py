"""`crowdledger rules archive`: every input of the rules as Parquet, with a progress bar on stderr."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ops import rules
from ops.archive.write import archive
from ops.bars import bar
from ops.explained import explained
from ops.export.standing import ExportProblem
from ops.migrate import migrate
from ops.postgres import database
from ops.settings import Settings
from risk.engines.archived import ArchiveError

_HELP = (
    "Write every input of the rules as Parquet, by ranges of positions, for backtests on DuckDB and Spark. "
    "Ranges that did not change since an earlier archive in the folder are left alone."
)


def register(app: typer.Typer) -> None:
    """Add the command to `crowdledger rules`."""
    rules.group.command("archive", help=_HELP)(archive_)


def archive_(
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="An empty or new folder, or an earlier archive.")],
    *,
    upto: Annotated[
        int | None, typer.Option(metavar="POSITION", help="As of this position. Default: the head.")
    ] = None,
    as_json: rules.Json = False,
) -> None:
    """Archive; exit code 1 where it could not be done: then an earlier archive holds."""
    with explained(ArchiveError, ExportProblem), database(Settings.load()) as dsn, bar() as show:
        migrate(dsn)
        done = archive(dsn, to, show, upto)
    if as_json:
        typer.echo(msgspec.json.encode(done.manifest).decode())
        return
    inputs = done.manifest.inputs.values()
    size = sum(file.bytes for each in inputs for file in each.files) / 2**20
    rows = sum(each.rows for each in inputs)
    typer.echo(
        f"{len(inputs)} inputs as of position {done.manifest.cutoff:,} in {to}: {rows:,} rows, {size:,.1f} MiB; "
        f"{done.written} files written, {done.kept} left as they were."
    )
