"""`crowdledger cases export`: a case as a suspicious-transaction report or as a page, without a server."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from api.access import Principal
from api.case_export import goaml, page, profile
from api.case_export.material import Material, gather
from api.problems import Problem
from ops import compose
from ops.migrate import migrate
from ops.postgres import database
from ops.settings import Settings
from projections.runner import run_until

cases = typer.Typer(help="Cases of the regulator.", no_args_is_help=True)


class Format(StrEnum):
    """In which form."""

    GOAML = "goaml"
    HTML = "html"


class Language(StrEnum):
    """Of a page."""

    ZH = "zh"
    EN = "en"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(cases, name="cases")


@cases.command("export")
def export(
    case: Annotated[str, typer.Argument(help="Its id, such as K-2026-000123.")],
    *,
    to: Annotated[Path, typer.Option(help="The file to write; `-` is stdout.")],
    format: Annotated[Format, typer.Option(help="goAML XML, or a page that a browser prints.")] = Format.GOAML,
    profile_file: Annotated[Path | None, typer.Option("--profile", help="Country profile of goAML, TOML.")] = None,
    schema: Annotated[
        Path | None, typer.Option(help="XML Schema to check against; without one nothing is checked.")
    ] = None,
    language: Annotated[Language, typer.Option(help="Of the page.")] = Language.ZH,
    names_by: Annotated[str | None, typer.Option(help="Who opens names of parties; recorded, with the reason.")] = None,
    reason: Annotated[str, typer.Option(help="Why names are opened.")] = "",
) -> None:
    """Write a case for the receiving unit or for people. The same case and profile give the same bytes."""
    if names_by is not None and not reason.strip():
        _end("--names-by needs a --reason: each look is recorded.")
    if format is Format.GOAML and profile_file is None:
        _end("--profile is needed for goAML: docs/cases.md has one to begin with.")
    settings = Settings.load()
    who = Principal("cli", names_by or "command line", "regulator", "registry")
    with database(settings) as dsn:
        migrate(dsn)
        run_until(dsn)
        with compose.build(settings, dsn) as services:
            try:
                material = gather(services, who, case, reason if names_by else None)
                if format is Format.HTML:
                    made = page.page(material, language.value, dict(services.rules)).encode()
                else:
                    made = _goaml(material, profile_file)
            except Problem as problem:
                _end(problem.detail)
    if to == Path("-"):
        sys.stdout.buffer.write(made)
    else:
        to.write_bytes(made)
    if format is Format.GOAML:
        _check(made, schema)


def _goaml(material: Material, file: Path | None) -> bytes:
    assert file is not None
    try:
        made = goaml.report(material, profile.read(file.read_text(encoding="utf-8")))
    except (OSError, profile.ProfileError) as error:
        _end(f"{file}: {error}")
    typer.echo(f"{made.transactions} transactions, {made.foreign} left out for their currency", err=True)
    return made.xml


def _check(xml: bytes, schema: Path | None) -> None:
    if schema is None:
        typer.echo("not checked: no --schema was given", err=True)
        return
    try:
        found = goaml.violations(xml, schema)
    except ValueError as error:
        _end(str(error))
    for each in found:
        typer.echo(f"{each.path}: {each.reason}", err=True)
    if found:
        _end(f"the report breaks {schema.name} in {len(found)} places")
    typer.echo(f"valid against {schema.name}", err=True)


def _end(said: str) -> NoReturn:
    typer.echo(f"crowdledger cases export: {said}", err=True)
    raise typer.Exit(1)
