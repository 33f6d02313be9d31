"""Compliance: late and missing reports, custody that falls short, findings of rules, what the registry had to do.

The worst of them is the dimension: a full custody account does not make good for a suspension.
"""

from __future__ import annotations

from risk.index.form import Dimension, Facts, Figure, Market, Shown, before, dimension
from risk.index.peers import banded

NAME = "compliance"
SILENT_MONTHS = 3
BANDS = {  # figure: nothing up to, worst from
    "report_late_days": (10, 40),
    "custody_gap_bp": (50, 500),  # 0.5 % is the tolerance of the rule on custody gaps
    "severe_findings": (0, 4),  # alerts of high and critical severity
    "limit_breaches": (0, 10),
    "restricted": (0, 2),  # 1 suspended, 2 closed
    "sanctions": (0, 3),
}


def measure(market: Market, month: str) -> dict[str, Dimension]:
    """Each figure against its bounds."""
    return {
        platform: dimension(
            NAME,
            (
                *(banded(name, facts.figures.get(name), *bounds) for name, bounds in BANDS.items()),
                _silent(market, month, platform),
            ),
            worst=True,
        )
        for platform, facts in market.get(month, {}).items()
    }


def _silent(market: Market, month: str, platform: str) -> Shown:
    """Months without a report among the three before this one, since the platform's first report."""
    reports = {each: _report(market[each].get(platform)) for each in market if each < month}
    first = min((each for each, report in reports.items() if report), default=None)
    asked = [each for back in range(SILENT_MONTHS, 0, -1) if first and (each := before(month, back)) >= first]
    if not asked:
        return banded("months_unreported", None, 0, SILENT_MONTHS)
    there = [report for each in asked if (report := reports.get(each))]
    positions = tuple(sorted(position for report in there for position in report.positions))
    return banded("months_unreported", Figure(len(asked) - len(there), positions), 0, SILENT_MONTHS)


def _report(facts: Facts | None) -> Figure | None:
    return facts.figures.get("report_late_days") if facts else None
