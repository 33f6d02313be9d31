"""How well the monitor does on a market whose frauds are known: by typology, and at a budget of alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from rich.table import Table

from ops.simulator import matching
from ops.simulator.matching import Alert, Verdict
from ops.simulator.model import Decoy, Planted

BUDGET = 200  # alerts that a supervisor's office can look at


@dataclass(frozen=True)
class Row:
    """One typology over one market or several. `days` is the median from a fraud's first day to its first alert."""

    typology: str
    planted: int
    found: int
    own: int  # found by a rule of its own typology, whatever else found it
    rules: dict[str, int]
    decoys: int
    taken: int  # decoys that an alert of this typology fell for
    days: float | None
    watched: bool  # a live rule is of this typology


@dataclass(frozen=True)
class Detection:
    """The verdicts on one market; `hits` of the `looked_at` most urgent alerts point at a planted fraud."""

    verdicts: Sequence[Verdict]
    decoys: Sequence[tuple[Decoy, bool]]  # and whether an alert fell for it
    alerts: int
    others: int
    looked_at: int
    hits: int

    @property
    def precision(self) -> float | None:
        """At the budget; None without an alert."""
        return round(self.hits / self.looked_at, 4) if self.looked_at else None


def measure(
    planted: Sequence[Planted],
    decoys: Sequence[Decoy],
    alerts: Sequence[Alert],
    positions: Mapping[str, frozenset[int]],
) -> Detection:
    """Hold the alerts against what was planted."""
    verdicts, others = matching.judge(planted, alerts, positions)
    false = {alert.id for alert in others}
    budget = sorted(alerts, key=lambda alert: alert.urgency)[:BUDGET]
    fallen = [(decoy, any(matching.falls_for(alert, decoy) for alert in others)) for decoy in decoys]
    hits = sum(alert.id not in false for alert in budget)
    return Detection(verdicts, fallen, len(alerts), len(others), len(budget), hits)


def rows(measured: Sequence[Detection], live_rules: Iterable[str]) -> list[Row]:
    """A row per typology, in the order of their codes."""
    live = tuple(live_rules)
    verdicts = [verdict for each in measured for verdict in each.verdicts]
    decoys = [pair for each in measured for pair in each.decoys]
    codes = sorted({verdict.planted.codes[0] for verdict in verdicts}, key=_order)
    return [_row(code, verdicts, decoys, live) for code in codes]


def _order(code: str) -> tuple[int, str]:
    return "PCI".find(code[0]), code


def _row(code: str, verdicts: Sequence[Verdict], decoys: Sequence[tuple[Decoy, bool]], live: tuple[str, ...]) -> Row:
    own = [verdict for verdict in verdicts if verdict.planted.codes[0] == code]
    rules: Counter[str] = Counter()
    for verdict in own:
        rules += verdict.rules
    days = [verdict.days for verdict in own if verdict.days is not None]
    alike = [taken for decoy, taken in decoys if decoy.typology == code]
    return Row(
        own[0].planted.typology.partition(":")[0],
        len(own),
        sum(verdict.found for verdict in own),
        sum(any(rule.startswith(code) for rule in verdict.rules) for verdict in own),
        dict(sorted(rules.items())),
        len(alike),
        sum(alike),
        median(days) if days else None,
        any(rule.startswith(code) for rule in live),
    )


def as_json(row: Row) -> dict[str, Any]:
    """One row as a plain object."""
    return asdict(row)


def table(lines: Sequence[Row]) -> Table:
    """The rows for people."""
    made = Table("typology", "planted", "found", "by its rule", "decoys hit", "days", "by", box=None)
    for row in lines:
        colour = "green" if row.found == row.planted else "red" if row.watched else "dim"
        rules = ", ".join(f"{rule} ({number})" for rule, number in row.rules.items())
        days = "-" if row.days is None else f"{row.days:g}"
        found = f"[{colour}]{row.found}[/{colour}]"
        hit = f"{row.taken} of {row.decoys}" if row.decoys else "-"
        own = str(row.own) if row.watched else "no rule"
        made.add_row(row.typology, str(row.planted), found, own, hit, days, rules or "-")
    return made
