"""What people see of a demo while it runs: lines and a progress bar, all on stderr."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from ops.demo.access import AUDITOR, INVESTOR, REGULATORS, REPORTER, Access


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
        self.console.print(f"[dim]demo:[/dim] {line}", soft_wrap=True)

    @contextmanager
    def progress(self, what: str, total: int) -> Iterator[Any]:
        """A bar; yields the function that moves it on."""
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
        with Progress(*columns, console=self.console) as bar:
            task = bar.add_task(what, total=total)
            yield lambda number: bar.advance(task, number)

    def invite(self, base_url: str, access: Access, platform: str) -> None:
        """Where the console is and how to get in, for each kind of user."""
        rows = [
            ("console", f"{base_url}/console/sign-in", ""),
            *(("regulator", f"sign in as {name}", access.passwords[name]) for name in REGULATORS),
            ("auditor", f"sign in as {AUDITOR}", access.passwords[AUDITOR]),
            ("platform", f"sign in as {REPORTER}", access.passwords[REPORTER]),
            ("investor", f"sign in as {INVESTOR}", access.passwords[INVESTOR]),
            ("API", f"{base_url}/docs", ""),
            ("platform", f"key of {platform}", access.keys[platform]),
            ("regulator", "key", access.regulator_key),
            ("auditor", "key", access.auditor_key),
        ]
        for who, what, secret in rows:
            # Whole lines whatever the width: they are there to be copied.
            self.console.print(f"  {who:10} {what:28} {secret}".rstrip(), soft_wrap=True, markup=False)
