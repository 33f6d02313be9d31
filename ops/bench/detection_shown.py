"""The detection table for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from ops.bench.detection import BUDGETS

_WIDTH = 150


def show(found: dict[str, Any], console: Console) -> None:
    """Precision and pattern recall at each budget, overall, on the last third, by typology and by rule."""
    if not console.is_terminal:
        console.width = _WIDTH
    title = (
        f"{found['set']}, {found['mode']}: {found['transfers']:,} transfers, {found['days']} days, "
        f"{found['patterns']} patterns, {found['alerts']:,} alerts"
    )
    table = Table("precision / pattern recall", *(f"{budget:,} alerts" for budget in BUDGETS), title=title)
    table.add_row("overall", *(_pair(found["overall"][str(budget)]) for budget in BUDGETS))
    last = [found["last_third"][str(budget)] for budget in BUDGETS]
    table.add_row("last third, threshold from before", *(f"{_pair(each)} ({each['alerts']})" for each in last))
    table.add_section()
    for name, row in found["typologies"].items():
        table.add_row(name, *(_pair(row[str(budget)]) for budget in BUDGETS))
    table.add_section()
    for name, row in found["rules"].items():
        table.add_row(name, *(_own(row[str(budget)]) for budget in BUDGETS))
    console.print(table)
    shortcuts = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in found["shortcuts"].items())
    console.print(f"Shortcuts of the set, for comparison: {shortcuts}. Rules: alerts, and the share that is right.\n")


def _pair(cell: dict[str, Any]) -> str:
    return f"{_text(cell['precision'])} / {_text(cell['pattern_recall'])}"


def _own(cell: dict[str, Any]) -> str:
    return f"{cell['alerts']}, {_text(cell['precision'])}" if cell["alerts"] else "–"


def _text(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
