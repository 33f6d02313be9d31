"""The summary that people read: what was read, what the ledger said, and why something is missing."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops.importers.base import Importer
from ops.importers.sinks import STATUSES

PROBLEMS_SHOWN = 5
_OWN = frozenset({"rows", "events", *STATUSES, "rejected", "refused_by_code", "problems", "not_sent"})


def summary(importer: Importer, figures: dict[str, Any], seconds: float) -> RenderableType:
    """Tables for a terminal. `seconds` is how long the import took."""
    heading = Text(f"Imported {importer.name} in {seconds:.1f} s", style="bold")
    parts: list[RenderableType] = [heading, _counts(figures, seconds)]
    if figures["rejected"]:
        parts.append(_rejected(importer, figures["rejected"]))
    if figures["problems"]:
        parts.append(_problems(figures))
    if plain := {name: value for name, value in figures.items() if name not in _OWN and not isinstance(value, dict)}:
        parts.append(_totals(plain))
    return Group(*parts)


def _counts(figures: dict[str, Any], seconds: float) -> Table:
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name in ("rows", "events", *STATUSES):
        table.add_row(name, f"{figures[name]:,}")
    if seconds:
        table.add_row("events a second", f"{figures['events'] / seconds:,.0f}")
    return table


def _rejected(importer: Importer, rejected: dict[str, int]) -> Table:
    table = Table(title="Rows that gave no event", title_justify="left")
    table.add_column("reason")
    table.add_column("rows", justify="right")
    table.add_column("which means")
    for reason, count in rejected.items():
        table.add_row(reason, f"{count:,}", importer.reasons.get(reason, ""))
    return table


def _problems(figures: dict[str, Any]) -> Table:
    counts = ", ".join(f"{count:,} {code}" for code, count in figures["refused_by_code"].items())
    table = Table(title=f"Parked or refused: {counts}", title_justify="left")
    for column in ("source", "id", "status", "code", "detail"):
        table.add_column(column, overflow="fold")
    for problem in figures["problems"][:PROBLEMS_SHOWN]:
        table.add_row(*(problem[name] or "" for name in ("source", "id", "status", "code", "detail")))
    return table


def _totals(plain: dict[str, Any]) -> Table:
    table = Table(title="Totals", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in plain.items():
        table.add_row(name, ", ".join(map(str, value)) if isinstance(value, list) else str(value))
    return table
