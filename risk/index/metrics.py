"""The metrics of `platform.reported` that the index understands, as figures. Others are left alone.

The names are those under which Chinese lending platforms published their months. Zero means that there was none of
the kind (no loan of that term), so that of rates, shares and times only what is above zero is a figure. What is beyond
any rate, time or number of people is no figure either.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from risk.index.form import Figure, before
from risk.index.returns import TERMS
from risk.index.spread import BANDS

RATES = {f"return_rate_diff_{term}": f"rate_bp_{term}" for term in TERMS}  # percent a year
FILL_TIMES = tuple(f"complete_time_diff_{term}" for term in TERMS)  # seconds
INVESTORS = {band.replace("investors", "investor"): band for band in BANDS}  # people
BORROWERS = ("borrower_0to20w", "borrower_20to100w", "borrower_100w_up")  # people
TOP_TEN = "top_ten_investor_to_receice"  # percent; spelt as published

Metrics = Mapping[str, int | float]
MOST = 10**12  # what is beyond is no rate, time or number of people, and would not fit where figures go
_EPOCH = date(1970, 1, 1)


def report(month: str, metrics: Metrics, position: int, day: int) -> dict[str, Figure]:
    """What one report says, and how late it said it: made on `day` (since 1970-01-01), and evidence by its position."""
    late = max(0, day - _last_day(month))
    return {"report_late_days": Figure(late, (position,))} | {
        name: Figure(value, (position,)) for name, value in _figures(metrics).items()
    }


def _last_day(month: str) -> int:
    following = date.fromisoformat(f"{before(month, -1)}-01")
    return (following - _EPOCH).days - 1


def _figures(reported: Metrics) -> dict[str, int]:
    metrics = {name: value for name, value in reported.items() if abs(value) <= MOST}
    found = {name: _scaled(metrics[metric], 100) for metric, name in RATES.items() if metrics.get(metric, 0) > 0}
    found |= {name: _scaled(metrics[metric], 1) for metric, name in INVESTORS.items() if metrics.get(metric, -1) >= 0}
    if metrics.get(TOP_TEN, 0) > 0:
        found["top_ten_investors_bp"] = _scaled(metrics[TOP_TEN], 100)
    times = [_scaled(metrics[name], 1) for name in FILL_TIMES if metrics.get(name, 0) > 0]
    if times:
        found["fill_seconds"] = sum(times) // len(times)
    borrowers = [_scaled(metrics[name], 1) for name in BORROWERS if metrics.get(name, -1) >= 0]
    if len(borrowers) == len(BORROWERS):
        found["borrowers"] = sum(borrowers)
    return found


def _scaled(value: float, by: int) -> int:
    """In whole units, halves away from zero: 9.125 % is 913 basis points. By way of the text, as it was sent."""
    return int((Decimal(str(value)) * by).quantize(Decimal(1), ROUND_HALF_UP))
