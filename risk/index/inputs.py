"""What the index is made from, read from views as of a position: what events show, and what platforms report.

Where a figure can be counted from events it is; the platform's own monthly report fills what can't. A platform that has
begun and of which nothing is known in a month is there without figures, and `silent`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg

from ledger.kernel.named_sql import load
from projections import reconciliation
from risk.index import metrics
from risk.index.form import EVIDENCE_MAX, Facts, Figure, Market, Said, before

SQL = load(Path(__file__).parent / "inputs.sql")
VIEWS: Final = (
    "alerts", "breaches", "campaigns", "filings", "loans", "platforms", "pledges", "sanctions", "transfers",
)  # fmt: skip

# About 10,000 yuan at the rates of 2018, rounded, in minor units: the first bound of the bands of investors.
BANDS: Final[Mapping[str, int]] = {
    "CNY": 1_000_000, "USD": 150_000, "EUR": 130_000, "GBP": 110_000, "HKD": 1_200_000, "INR": 10_000_000,
    "MYR": 600_000, "IDR": 2_100_000_000,
}  # fmt: skip
_COUNTED: Final = ("investors", "rates", "fill_times", "withdrawals", "complaints", "findings", "breaches", "promises")
_RESTRICTED: Final = {"suspended": 1, "closed": 2}
_WHOLE: Final = 10_000
_EPOCH: Final = date(1970, 1, 1)

Connection = psycopg.Connection[Any]
_Cells = defaultdict[str, dict[str, dict[str, Figure]]]  # month -> platform -> figures


class _Standing(NamedTuple):
    month: str
    step: str
    position: int


class _Sanction(NamedTuple):
    first: str  # month
    last: str | None  # month; None: no end known
    position: int


class _Registry(NamedTuple):
    standings: Mapping[str, list[_Standing]]
    sanctions: Mapping[str, list[_Sanction]]


def read(connection: Connection, cutoff: int) -> Market:
    """The market of every month, as known at position `cutoff`. Inside a snapshot of VIEWS that has come so far."""
    asked = {"cutoff": cutoff, "evidence": EVIDENCE_MAX}
    cells: _Cells = defaultdict(lambda: defaultdict(dict))
    for platform, month, reported, position, day in connection.execute(SQL["reports"], asked):
        cells[month][platform] |= metrics.report(month, reported, position, day)
    for platform, month, name, value, positions in _counted(connection, asked):
        cells[month][platform][name] = Figure(value, tuple(sorted(positions)))
    for platform, month, gap in _gaps(connection, cutoff):
        worst = cells[month][platform].get("custody_gap_bp", gap)
        cells[month][platform]["custody_gap_bp"] = max(worst, gap, key=lambda each: each.value)
    said: defaultdict[tuple[str, str], list[Said]] = defaultdict(list)
    for platform, month, position, text in connection.execute(SQL["texts"], asked):
        said[month, platform].append(Said(position, text))
        cells[month].setdefault(platform, {})
    _per_investor(cells)
    return _market(cells, said, _registry(connection, asked))


def _counted(connection: Connection, asked: Mapping[str, Any]) -> Iterator[tuple[str, str, str, int, list[int]]]:
    bands = {"currencies": list(BANDS), "bounds": list(BANDS.values())}
    for block in _COUNTED:
        yield from connection.execute(SQL[block], {**asked, **bands} if block == "investors" else asked)


def _gaps(connection: Connection, cutoff: int) -> Iterator[tuple[str, str, Figure]]:
    """What is missing at the custodian beyond what is on its way, in basis points of what should be there."""
    for (platform,) in connection.execute(SQL["custodians"], {"cutoff": cutoff}).fetchall():
        for held, difference, _ in reconciliation.days_at(connection, platform, cutoff):
            if held.derived > 0:
                gap = min(max(0, -difference.rest), held.derived) * _WHOLE // held.derived
                month = f"{_EPOCH + timedelta(days=held.day):%Y-%m}"
                yield platform, month, Figure(gap, tuple(sorted(held.positions)))


def _per_investor(cells: _Cells) -> None:
    """Complaints per 1,000 who ever put in money: also in a month in which nobody does any more."""
    investors: dict[str, int] = {}
    for month in sorted(cells):
        for platform, figures in cells[month].items():
            investors[platform] = investors.get(platform, 0) + figures.pop("newcomers", Figure(0)).value
            complaints = figures.pop("complaints", Figure(0, figures.get("investors", Figure(0)).positions))
            if investors[platform] and complaints.positions:
                share = complaints.value * 1_000 // investors[platform]
                figures["complaints_per_1000_investors"] = Figure(share, complaints.positions)


def _registry(connection: Connection, asked: Mapping[str, Any]) -> _Registry:
    standings: defaultdict[str, list[_Standing]] = defaultdict(list)
    sanctions: defaultdict[str, list[_Sanction]] = defaultdict(list)
    for platform, *standing in connection.execute(SQL["standings"], asked):
        standings[platform].append(_Standing(*standing))
    for platform, *sanction in connection.execute(SQL["sanctions"], asked):
        sanctions[platform].append(_Sanction(*sanction))
    return _Registry(standings, sanctions)


def _market(cells: _Cells, said: Mapping[tuple[str, str], list[Said]], registry: _Registry) -> Market:
    first: dict[str, str] = {}
    for month in sorted(cells):
        for platform in cells[month]:
            first.setdefault(platform, month)
    return {
        month: {
            platform: Facts(
                _of_registry(registry, platform, month) | cells[month].get(platform, {}),
                tuple(said.get((month, platform), ())),
                silent=platform not in cells[month],
            )
            for platform in sorted(first)
            if first[platform] <= month
        }
        for month in _months(cells)
    }


def _months(cells: _Cells) -> Iterator[str]:
    month, last = min(cells, default=""), max(cells, default="")
    while month and month <= last:
        yield month
        month = before(month, -1)


def _of_registry(registry: _Registry, platform: str, month: str) -> dict[str, Figure]:
    """How the platform stands at the month's end, and how many sanctions hold in it; nothing of one not registered."""
    standings = [each for each in registry.standings.get(platform, ()) if each.month <= month]
    if not standings:
        return {}
    last = [each for each in standings if each.step not in {"registered", "licensed"}][-1:] or standings[-1:]
    sanctions = [
        each.position
        for each in registry.sanctions.get(platform, ())
        if each.first <= month and (each.last is None or each.last >= month)
    ]
    return {
        "restricted": Figure(_RESTRICTED.get(last[0].step, 0), (last[0].position,)),
        "sanctions": Figure(len(sanctions), tuple(sanctions) or (last[0].position,)),
    }
