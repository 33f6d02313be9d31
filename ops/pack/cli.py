"""`crowdledger audit-pack`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ops.explained import explained
from ops.migrate import migrate
from ops.pack.write import PackProblem, write
from ops.postgres import database
from ops.settings import Settings

_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("audit-pack")(command)


def command(
    *,
    to: Annotated[Path, typer.Option(help="A tar file that is not there yet.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")] = False,
) -> None:
    """Write all entries, proofs and balances up to the newest signed head into a tar that checks itself.

    `tar xf FILE; python3 audit-pack/verify.py` recomputes it anywhere, without network. It names nobody.
    """
    columns = (TextColumn("events"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        explained(PackProblem),
        database(Settings.load()) as dsn,
        Progress(*columns, console=_err, transient=True) as bar,
    ):
        migrate(dsn)
        task = bar.add_task("events", total=None)
        size, length = write(dsn, to, lambda done, of: bar.update(task, completed=done, total=of))
    if as_json:
        typer.echo(json.dumps({"to": str(to), "size": size, "bytes": length}))
    else:
        typer.echo(f"{to}: {size:,} entries, {length:,} bytes")
