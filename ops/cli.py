"""The command line: one `crowdledger`, its commands registered by the modules that carry them out."""

from __future__ import annotations

import sys
from importlib import import_module

import typer

from ops import logs
from ops.postgres.errors import PostgresError
from ops.runtime import settle

app = typer.Typer(
    name="crowdledger",
    help="Event-sourced crowdfunding ledger and risk monitor.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

# Each has `register(app)`; the order here is the order of the help.
COMMANDS = (
    "ops.serve",
    "ops.demo.cli",
    "ops.importers.cli",
    "ops.access",
    "ops.cases",
    "ops.rules",
    "ops.rule_runs",
    "ops.archive.cli",
    "ops.backtest.cli",
    "ops.rulebooks.cli",
    "ops.views",
    "ops.fsck.cli",
    "ops.vault.cli",
    "ops.backup.cli",
    "ops.pack.cli",
    "ops.backup.check_cli",
    "ops.export.cli",
    "ops.verify",
    "ops.witness.cli",
    "ops.sealing_cli",
    "ops.bench.cli",
)

for module in COMMANDS:
    import_module(module).register(app)


def main() -> None:
    """Run the command that was asked for; what a user can mend ends with one sentence and exit code 1."""
    logs.configure()
    settle()
    try:
        app()
    except PostgresError as error:
        typer.echo(f"crowdledger: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
