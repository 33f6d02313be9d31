"""`crowdledger vault`: rotate master keys, sweep, erase, export, the register of erasures."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from api import vault as actions
from api.access import REGISTRY, Principal
from api.problems import Problem
from api.services import Services
from ledger import identity
from ledger.kernel import clock
from ledger.kernel.refusals import Code
from ledger.store import vault
from ops import compose
from ops.explained import explained
from ops.keyring import keyring
from ops.migrate import migrate
from ops.postgres import database
from ops.settings import Settings
from ops.vault import erasures

_group = typer.Typer(no_args_is_help=True, help="What identifies people: keys, erasure, export.")
_err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")]
Party = Annotated[str | None, typer.Option(metavar="PLATFORM:ID", help="One party.")]
Person = Annotated[str | None, typer.Option(metavar="PSEUDONYM", help="A person with all her parties, 64 hex digits.")]
Reason = Annotated[str, typer.Option(help="Why; it stays in the log, so no names in it.")]
By = Annotated[str, typer.Option(help="Who does it, as an opaque id of the office.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.add_typer(_group, name="vault")


@_group.command("status")
def status(*, as_json: Json = False) -> None:
    """Show how much is kept, under which master keys, and whether anything forgotten is still in the files."""
    with _explained(), _connection() as (settings, connection):
        boxes, refused, waiting = vault.counts(connection)
        ids = [key.id for key in keyring(settings).all()]
    if as_json:
        typer.echo(json.dumps({"parties": boxes, "refused_bodies": refused, "to_sweep": waiting, "master_keys": ids}))
        return
    typer.echo(f"{boxes:,} parties, {refused:,} refused bodies, {waiting:,} to sweep; master keys: {', '.join(ids)}")


@_group.command("rotate")
def rotate(*, resume: Annotated[bool, typer.Option(help="Only finish one that was broken off.")] = False) -> None:
    """Wrap everything by a fresh master key, then take the old ones out. May be killed and run again at any point.

    Backups made before hold boxes that only the old keys open: keep the old file with such a backup, or let them go.
    """
    with _explained(), _connection() as (settings, connection), _bar() as advance:
        keys = keyring(settings)
        if len(keys.all()) == 1 and not resume:
            keys.add()
        vault.await_writers(connection)
        # What was registered while we worked is wrapped by the current key already: writers look at the file.
        count = vault.rewrap(connection, keys, advance)
        for old in keys.all()[1:]:
            keys.retire(old.id)
        typer.echo(
            f"{count} keys wrapped anew; the master key is {keys.current().id}, in {settings.data_dir}/vault.keys"
        )


@_group.command("sweep")
def sweep(
    refused_days: Annotated[
        int | None, typer.Option(min=0, help="Also destroy the keys of bodies that were refused so many days ago.")
    ] = None,
) -> None:
    """Write the vault's tables anew without what was erased, and drop what the log says is erased."""
    with _explained(), _connection() as (_, connection):
        if refused_days is not None:
            typer.echo(
                f"{vault.expire_refusals(connection, clock.now() - timedelta(days=refused_days))} bodies expired"
            )
        for party in vault.forget_again(connection):
            typer.echo(f"forgotten again: {actions.called(party)}")
        if not vault.sweep(connection):
            raise Problem("unavailable", "somebody (a backup?) holds the vault; run this again when it has ended.")
        typer.echo("swept")


@_group.command("erase")
def erase(
    *,
    reason: Reason,
    by: By,
    confirmed_by: Annotated[str, typer.Option(help="The second person; another one.")],
    party: Party = None,
    person: Person = None,
) -> None:
    """Destroy what identifies a party or person; prints the certificates as JSON. Two people stand behind it."""
    with _explained(), _services() as services:
        keys = [actions.key_of(party)] if party else services.vault.parties(person or "")
        if (party is None) == (person is None) or not keys:
            raise Problem("not_found", "give --party or --person, of somebody who is known.")
        try:
            done = actions.erase(services, _as(by), keys, reason)
        except Problem as problem:
            if problem.code != Code.SECOND_PERSON_NEEDED:
                raise
            done = None  # the first of the two has asked for it already
        if done is None or done.status == "requested":
            done = actions.erase(services, _as(confirmed_by), keys, reason)
        typer.echo(json.dumps({"parties": done.parties, "certificates": done.certificates, "swept": done.swept}))


@_group.command("export")
def export(*, person: Annotated[str, typer.Option(metavar="PSEUDONYM")], reason: Reason, by: By) -> None:
    """Print all that is held about a person as JSON. It is recorded like every look into the vault."""
    with _explained(), _services() as services:
        typer.echo(json.dumps(actions.export(services, _as(by), person, reason), ensure_ascii=False, indent=1))


@_group.command("pseudonym")
def pseudonym(scheme: Annotated[str, typer.Argument(help="For example cn-id.")]) -> None:
    """Print the pseudonym of an identity number, which is read from stdin so that no shell remembers it."""
    with _explained():
        number = sys.stdin.readline().rstrip("\n")
        typer.echo(identity.person(Settings.load().secret("identity"), scheme, number))


@_group.command("register")
def write_register(to: Annotated[Path, typer.Option(help="A file outside of the database and its backups.")]) -> None:
    """Write the register of erasures: which parties, where in the log. `restore --erasures` applies it."""
    with _explained(), _connection() as (_, connection):
        typer.echo(f"{erasures.write(connection, to)} erasures in {to}")


def _as(name: str) -> Principal:
    return Principal(name, name, "regulator", REGISTRY)


@contextmanager
def _bar() -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("wrapping"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=_err, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda count: bar.advance(task, count)


@contextmanager
def _connection() -> Iterator[tuple[Settings, psycopg.Connection[Any]]]:
    settings = Settings.load()
    with database(settings) as dsn:
        migrate(dsn)
        with psycopg.connect(dsn, autocommit=True, application_name="crowdledger vault") as connection:
            yield settings, connection


@contextmanager
def _services() -> Iterator[Services]:
    settings = Settings.load()
    with database(settings) as dsn:
        migrate(dsn)
        with compose.build(settings, dsn) as services:
            yield services


@contextmanager
def _explained() -> Iterator[None]:
    """What a user can mend ends with one sentence and exit code 1."""
    try:
        with explained(identity.UnknownKey, identity.BoxDamaged):
            yield
    except Problem as problem:
        _err.print(f"[bold red]Error:[/] {escape(problem.code)}: {escape(problem.detail)}", soft_wrap=True)
        raise typer.Exit(1) from problem
