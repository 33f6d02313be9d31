"""`crowdledger verify`: a receipt, checked without server, database or settings."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger import auditor, standalone
from ops import badges


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(verify)


def verify(
    receipt: Annotated[
        str, typer.Argument(help="JSON file with one receipt or several; - for standard input.", show_default=False)
    ] = "",
    *,
    key: Annotated[
        list[str] | None,
        typer.Option(help="Verifier key of the log, or of a witness that must have signed; repeatable."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of sentences.")] = False,
    program: Annotated[
        bool, typer.Option("--print-program", help="Print this command as one Python file, for auditors.")
    ] = False,
) -> None:
    """Check a receipt offline: entry, tree, signatures, witnesses; or the badge.json of a platform: its signature.

    Exit codes: 0 everything holds, 1 something doesn't, 2 it can't be read, 3 something couldn't be checked here.
    """
    if program:
        print(standalone.source(), end="")
        return
    if not receipt:
        raise typer.BadParameter("name a file with a receipt.", param_hint="RECEIPT")
    stated = badges.statement_in(receipt)
    if stated is not None:
        raise typer.Exit(badges.run(stated, key or [], as_json=as_json))
    raise typer.Exit(auditor.run(receipt, key or [], as_json=as_json))
