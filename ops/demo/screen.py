"""What people see of a demo while it runs: lines and a progress bar, all on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from ops.demo.access import AUDITOR, INVESTOR, REGULATORS, Access


class _Rate(ProgressColumn):
    """Events a second so far."""

    def render(self, task: Task) -> Text:
        elapsed = task.finished_time if task.finished else task.elapsed
        return Text(f"{task.completed / elapsed:,.0f} events/s" if elapsed else "")


class Screen:
    """Says what happens."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)

    def say(self, line: str) -> None:
        """One line."""
        self.console.print(f"[dim]demo:[/dim] {line}")

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Any]:
        """A bar; yields the function that moves it on."""
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
        with Progress(*columns, console=self.console) as bar:
            task = bar.add_task(what, total=total)
            yield lambda number: bar.advance(task, number)

    def invite(self, base_url: str, access: Access, platform: str) -> None:
        """Where the console is and how to get in, for each kind of user."""
        table = Table.grid(padding=(0, 2))
        table.add_row("[bold]console[/bold]", f"[bold]{base_url}/console/sign-in[/bold]", "")
        for name in REGULATORS:
            table.add_row("regulator", f"sign in as {name}", access.passwords[name])
        table.add_row("auditor", f"sign in as {AUDITOR}", access.passwords[AUDITOR])
        table.add_row("investor", f"sign in as {INVESTOR}", access.passwords[INVESTOR])
        table.add_row("[bold]API[/bold]", f"[bold]{base_url}/docs[/bold]", "")
        table.add_row("platform", f"key of {platform}", access.keys[platform])
        table.add_row("regulator", "key", access.regulator_key)
        table.add_row("auditor", "key", access.auditor_key)
        self.console.print(table, soft_wrap=True)
