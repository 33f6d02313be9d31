"""The pages of the console on a large book, beside the bar."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console
from rich.table import Table

from ops.bench import serving
from ops.bench.console import book, crawl
from ops.bench.console.crawl import Timed
from ops.bench.figures import Figure
from ops.bench.scratch import scratch_database
from ops.settings import Settings

EVENTS: Final = 1_000_000
ALERTS: Final = 20_000
LIMIT_MS: Final = 300.0
_GOAL: Final = 0.5
_SHOWN: Final = 15


def measure(
    dsn: str, settings: Settings, events: int, alerts: int, say: Callable[[str], None]
) -> tuple[list[Figure], list[Timed]]:
    """Milliseconds at the 95th percentile of the slowest page, and every page."""
    with scratch_database(dsn) as scratch, TemporaryDirectory() as folder:
        people = book.fill(scratch, settings, events, alerts, say)
        with serving.server(scratch, settings, Path(folder) / "server.log") as (host, port):
            timed = crawl.measure(f"http://{host}:{port}", people, say)
    return [figure(timed, events, alerts)], timed


def figure(timed: list[Timed], events: int, alerts: int) -> Figure:
    """The slowest page's 95th percentile."""
    name = f"slowest of {len(timed)} pages, p95, {events:,} events and {alerts:,} alerts"
    return Figure(name, timed[0].p95, LIMIT_MS, "ms", 1, _GOAL, higher_is_better=False)


def show(timed: list[Timed], console: Console) -> None:
    """The slowest pages, for people."""
    table = Table("page", "who", "addresses", "median ms", "p95 ms", "slowest")
    for column in table.columns:
        column.overflow = "fold"  # an address that is cut off can't be asked for
    for each in timed[:_SHOWN]:
        table.add_row(
            each.route, each.role, str(each.addresses), f"{each.median:.0f}", f"{each.p95:.0f}", each.slowest
        )  # fmt: skip
    console.print(table)
