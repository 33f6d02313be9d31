"""What people see of a demo while it runs: lines and a progress bar, all on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from ops.demo.access import INVESTOR, REGULATORS, Access


class _Rate(ProgressColumn):
    """Events a second so far."""

    def render(self, task: Task) -> Text:
        elapsed = task.finished_time if task.finished else task.elapsed
        return Text(f"{task.completed / elapsed:,.0f} events/s" if elapsed else "")


class Screen:
    """Says what happens. `plain` leaves out the bar, for logs."""

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
        out = self.console.print
        out(f"\n[bold]Console[/bold]    {base_url}/")
        for name in REGULATORS:
            out(f"regulator  sign in as [bold]{name}[/bold], password {access.passwords[name]}")
        out(f"investor   sign in as [bold]{INVESTOR}[/bold], password {access.passwords[INVESTOR]}")
        out(f"platform   API key of {platform}: {access.keys[platform]}")
        out(f"auditor    API key: {access.auditor_key}")
        out(f"regulator  API key: {access.regulator_key}")
        out(f"API        {base_url}/docs\n")
