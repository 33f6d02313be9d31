"""How commands show things: a progress bar on standard error, tables on standard output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

READ_WIDTH: Final = 200  # of a table that a program reads: a rule's id that is cut off is no id
Show = Callable[[str, int, int | None], None]  # what is being done, how far, of how many


def screen() -> Console:
    """Standard output, as wide as the terminal, and wide where it is none."""
    return Console(width=None if sys.stdout.isatty() else READ_WIDTH)


@contextmanager
def bar() -> Iterator[Show]:
    """A bar that goes when the block ends."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=4) as progress:
        task = progress.add_task("", total=None)

        def show(what: str, done: int, total: int | None) -> None:
            progress.update(task, description=what, completed=done, total=total)

        yield show
