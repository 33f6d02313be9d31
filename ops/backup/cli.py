"""`crowdledger backup` and `crowdledger restore`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from ledger.notes import NoteError
from ops import instance
from ops.backup.read import Restored
from ops.backup.read import restore as read_back
from ops.backup.witnessed import UnusableHead
from ops.backup.write import BackupProblem, copy_secrets
from ops.backup.write import backup as write_out
from ops.explained import explained
from ops.migrate import migrate
from ops.postgres import database
from ops.settings import Settings
from projections.rebuild import RebuildFailed, RebuildRunning

_EXPECTED = (
    BackupProblem, UnusableHead, NoteError, RebuildFailed, RebuildRunning, instance.AlreadyRunningError,
    FileExistsError,
)  # fmt: skip
_err = Console(stderr=True)
Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    *,
    to: Annotated[Path, typer.Option(help="A folder that is not there yet.")],
    secrets_to: Annotated[
        Path | None, typer.Option(help="Also copy the keys, into another folder. Keep it apart from the backup.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Back up the ledger beside a live server. Without the keys, so a stolen backup names nobody in the vault."""
    with explained(*_EXPECTED):
        settings = Settings.load()
        with database(settings) as dsn:
            migrate(dsn)
            with _err.status("dumping"):
                done = write_out(dsn, to)
        names = copy_secrets(settings, secrets_to) if secrets_to is not None else []
        if names:
            _err.print(
                f"[yellow]{secrets_to} holds {', '.join(names)}: whoever has it and the backup can read the vault and "
                "sign as the ledger. Keep them apart.[/]",
                soft_wrap=True,
            )
        if as_json:
            typer.echo(json.dumps({"to": str(done.folder), "position": done.position, "bytes": done.size_bytes}))
        else:
            typer.echo(f"{done.folder}: everything up to position {done.position:,}, {done.size_bytes:,} bytes")


def restore(
    *,
    source: Annotated[Path, typer.Option("--from", help="The folder of a backup.")],
    checkpoint: Annotated[
        list[Path] | None, typer.Option(help="A signed head that was kept elsewhere; repeatable.")
    ] = None,
    erasures: Annotated[
        list[Path] | None, typer.Option(help="A register of erasures (`vault register`) newer than the backup.")
    ] = None,
    key: Annotated[list[str] | None, typer.Option(help="Verifier key of the log, from elsewhere.")] = None,
    as_json: Json = False,
) -> None:
    """Restore into an empty database, build the views, and run fsck and restore-check; exit code 1 if they object."""
    with explained(*_EXPECTED):
        settings = Settings.load()
        with instance.sole(settings.data_dir), database(settings) as dsn, _err.status("restoring") as status:
            done = read_back(dsn, source, checkpoint or [], erasures or [], key or [], status.update)
    _show(done, as_json=as_json)
    raise typer.Exit(0 if done.ok else 1)


def _show(done: Restored, *, as_json: bool) -> None:
    if as_json:
        verdicts = [{**each._asdict(), "outcome": each.outcome.value} for each in done.verdicts]
        plain = {"ok": done.ok, "position": done.position, "forgotten": done.forgotten, "fsck": done.report.plain()}
        typer.echo(json.dumps({**plain, "heads": verdicts}))
        return
    for line in done.report.lines():
        _err.print(f"[red]{escape(line)}[/]", soft_wrap=True, highlight=False)
    typer.echo(f"restored up to position {done.position:,}; fsck: {'as the log says' if done.report.ok else 'DIFFERS'}")
    if done.forgotten:
        typer.echo(f"erased again, as they were after the backup: {len(done.forgotten)}")
    for verdict in done.verdicts:
        typer.echo(f"head of {verdict.size:,}: {verdict.outcome}. {verdict.words}")
    if not done.verdicts:
        typer.echo("no signed head to measure it by: give one with --checkpoint")
