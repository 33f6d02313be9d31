"""The figures of the platform directory: rows of each list, by status, and the span of the months."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from ops.importers.base import Row


class WdzjTotals:
    """Adds up row by row. A line that is no row of its list is counted in `rejected` alone."""

    def __init__(self) -> None:
        self._statuses: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._platforms: dict[str, str] = {}  # with months -> status
        self._days: set[str] = set()

    def add(self, row: Row) -> None:
        """Takes one row into account; `labels` are list, platform, status, month end."""
        if row.rejected == "wrong_columns":
            return
        about, platform, status, day = row.labels
        self._statuses[about][status] += 1
        if about == "monthly":
            self._platforms[platform] = status
            self._days.add(day)

    def result(self) -> dict[str, Any]:
        """The figures under the keys of the data set's expected.json."""
        return {
            "company_list": self._statuses["company_list"].total(),
            "company_status": dict(self._statuses["company_list"]),
            "status": self._statuses["status"].total(),
            "status_status": dict(self._statuses["status"]),
            "monthly": self._statuses["monthly"].total(),
            "monthly_platforms": len(self._platforms),
            "monthly_status": dict(Counter(self._platforms.values())),
            "months": [min(self._days), max(self._days)] if self._days else [],
        }
