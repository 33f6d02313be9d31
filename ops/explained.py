"""How a command ends that can't do what was asked: one sentence on standard error, and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
import typer
from rich.console import Console
from rich.markup import escape

from ops.migrate import MigrationError
from ops.postgres import PostgresError
from ops.settings import SettingsError

# What a user of any command can meet and mend: settings, and the database behind them.
ALWAYS: Final = (PostgresError, MigrationError, SettingsError, psycopg.OperationalError)


@contextmanager
def explained(*expected: type[Exception], code: int = 1) -> Iterator[None]:
    """End with `code` and one sentence where one of ALWAYS or `expected` comes out; whatever else is our mistake."""
    known: tuple[type[Exception], ...] = (*ALWAYS, *expected)
    try:
        yield
    except known as error:
        Console(stderr=True).print(f"[bold red]Error:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        raise typer.Exit(code) from error
