"""The command line: one `crowdledger`, its commands registered by the modules that carry them out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Final

import typer

from ops import logs
from ops.explained import ALWAYS
from ops.runtime import settle

# Command -> the modules that carry it out; each has `register(app)`.
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "serve": ("ops.serve",),
    "demo": ("ops.demo.cli",),
    "import": ("ops.importers.cli",),
    "keys": ("ops.access",),
    "users": ("ops.access",),
    "cases": ("ops.cases",),
    "rules": ("ops.rules", "ops.rule_runs", "ops.archive.cli", "ops.backtest.cli"),
    "rulebooks": ("ops.rulebooks.cli",),
    "views": ("ops.views",),
    "fsck": ("ops.fsck.cli",),
    "vault": ("ops.vault.cli",),
    "backup": ("ops.backup.cli",),
    "restore": ("ops.backup.cli",),
    "audit-pack": ("ops.pack.cli",),
    "restore-check": ("ops.backup.check_cli",),
    "export": ("ops.export.cli",),
    "verify": ("ops.verify",),
    "witness": ("ops.witness.cli",),
    "sealing": ("ops.sealing_cli",),
    "bench": ("ops.bench.cli",),
}


def program(words: Iterable[str] = ()) -> typer.Typer:
    """The program. Where `words` name a command, only its modules are loaded: all of them take a second."""
    app = typer.Typer(
        name="crowdledger",
        help="Event-sourced crowdfunding ledger and risk monitor.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )
    app.callback()(_named)
    asked = COMMANDS.get(next(iter(words), ""))
    for module in dict.fromkeys(asked or (each for modules in COMMANDS.values() for each in modules)):
        import_module(module).register(app)
    return app


def _named() -> None:  # tidy: allow empty-function -- because a single command would take the place of the program
    """Event-sourced crowdfunding ledger and risk monitor."""


def main() -> None:
    """Run the command that was asked for; what a user can mend ends with one sentence and exit code 1."""
    logs.configure()
    app = program(sys.argv[1:])
    settle()
    try:
        app()
    except ALWAYS as error:
        typer.echo(f"crowdledger: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
