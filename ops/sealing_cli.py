"""`crowdledger sealing`: the keys of the log, how far it is signed and witnessed, and letting it go on after a stop."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import psycopg
import typer

from ledger.kernel import clock
from ledger.store import sealer, tree
from ops import cosigning, sealing
from ops.evidence import standing
from ops.migrate import MigrationError, migrate
from ops.postgres import PostgresError, database
from ops.settings import Settings, SettingsError

_group = typer.Typer(no_args_is_help=True, help="Tree heads: who signs them, how far they reach, what stopped them.")
_EXPECTED = (SettingsError, MigrationError, PostgresError, psycopg.OperationalError)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_group, name="sealing")


@_group.command()
def keys() -> None:
    """Print the log's verifier keys, those in use now and all before, one per line."""
    with _connection() as (settings, dsn, connection):
        for each in sealing.signers(settings, dsn):
            tree.keep_key(connection, each.key, clock.now())
        for known in tree.keys(connection):
            print(known.verifier_key)


@_group.command()
def status() -> None:
    """Print how sealing stands as one JSON object; exit code 1 where it was stopped."""
    with _connection() as (settings, _, connection):
        now = standing(connection)
        places = [
            {"url": each.url, "keys": [f"{key.name}+{key.id.hex()}" for key in each.keys]}
            for each in cosigning.configured(settings)
        ]
        print(json.dumps({**now._asdict(), "witnesses": places}, ensure_ascii=False, indent=2))
    if now.state == "stopped":
        raise typer.Exit(1)


@_group.command()
def resume(
    reason: Annotated[str, typer.Option(help="Who looked into it, and what was found; kept for ever.", min=1)],
) -> None:
    """Let sealing go on after it was stopped. Where the cause is still there, it stops again."""
    with _connection() as (_, _dsn, connection):
        stopped = tree.last_stop(connection)
        if stopped is None or stopped[0] != "stopped":
            typer.echo("crowdledger sealing: it isn't stopped.", err=True)
            raise typer.Exit(1)
        sealer.resume(connection, stopped[2], reason, clock.now())
        print(f"Sealing goes on. It had stopped at {stopped[1]:%Y-%m-%d %H:%M:%S %Z}: {stopped[3]}")


@contextmanager
def _connection() -> Iterator[tuple[Settings, str, psycopg.Connection]]:
    try:
        settings = Settings.load()
        with database(settings) as dsn:
            migrate(dsn)
            with psycopg.connect(dsn) as connection:
                yield settings, dsn, connection
    except _EXPECTED as error:
        typer.echo(f"crowdledger sealing: {error}", err=True)
        raise typer.Exit(1) from None
