"""`crowdledger restore-check`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from rich.console import Console

from ledger.notes import NoteError
from ledger.store import tree
from ops.backup import witnessed
from ops.backup.witnessed import EXIT_CODES, Outcome, UnusableHead, Verdict
from ops.explained import explained
from ops.migrate import migrate
from ops.postgres import database
from ops.settings import Settings

_err = Console(stderr=True)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("restore-check")(command)


def command(
    checkpoint: Annotated[
        list[Path], typer.Argument(help="Signed heads that were kept elsewhere, or the seen.json of a witness.")
    ],
    *,
    key: Annotated[
        list[str] | None, typer.Option(help="Verifier key of the log, from elsewhere; default: the database's own.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")] = False,
) -> None:
    """Say what a restored database is: complete (exit code 0), truncated (3), altered (4) or rolled back (5).

    Of several heads the worst answer counts. 1: it could not be checked.
    """
    with explained(UnusableHead, NoteError), database(Settings.load()) as dsn:
        migrate(dsn)
        verdicts = check(dsn, checkpoint, key or [])
    worst = max(verdicts, key=lambda each: EXIT_CODES[each.outcome])
    if as_json:
        typer.echo(json.dumps({**_plain(worst), "heads": [_plain(each) for each in verdicts]}))
    else:
        for each in verdicts:
            typer.echo(f"{each.outcome}: {each.words}")
        _bracket(verdicts)
    raise typer.Exit(EXIT_CODES[worst.outcome])


def check(dsn: str, files: list[Path], keys: list[str]) -> list[Verdict]:
    """A verdict per head, smallest head first. Raises UnusableHead, NoteError."""
    with psycopg.connect(
        dsn, autocommit=True, application_name="crowdledger restore-check", options="-c timezone=UTC"
    ) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            origin = tree.origin(connection)
            known = witnessed.keys_of(connection, keys)
            heads = sorted((witnessed.read(path, known, origin) for path in files), key=lambda head: head.size)
            return [witnessed.judge(connection, head) for head in heads]


def _bracket(verdicts: list[Verdict]) -> None:
    """Between the last head that held and the first that didn't lies the first bad position."""
    good = max((each.size for each in verdicts if each.outcome is Outcome.COMPLETE), default=0)
    bad = [each for each in verdicts if each.outcome is Outcome.ALTERED and each.first_bad is None]
    if bad:
        typer.echo(f"The first bad position lies between {good + 1} and {bad[0].size}.")


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {**verdict._asdict(), "outcome": verdict.outcome.value}
