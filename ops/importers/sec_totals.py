"""The figures of the Form C data set: counts by form and quarter, exact sums of targets and maxima."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal, localcontext
from typing import Any

from ops.importers.base import Event, Rejected, Row
from ops.importers.parse import DIGITS, decimal


class SecTotals:
    """Adds up filing by filing, from the events and what their `extra` kept."""

    def __init__(self) -> None:
        self._forms: Counter[str] = Counter()
        self._quarters: Counter[str] = Counter()
        self._accessions: Counter[str] = Counter()
        self._malformed: Counter[str] = Counter()
        self._issuers: set[str] = set()
        self._intermediaries: set[str] = set()
        self._offerings: set[str] = set()
        self._no_file_number = 0
        self._progress = 0
        self._sums = {"target": Decimal(0), "maximum": Decimal(0)}

    def add(self, row: Row) -> None:
        """Takes one filing into account; a line that is no filing counts as malformed only."""
        if row.rejected == "wrong_columns":
            self._malformed[row.rejected] += 1
            return
        form, quarter, accession = row.labels
        self._forms[form] += 1
        self._quarters[quarter] += 1
        self._accessions[accession] += 1
        self._no_file_number += row.rejected == "no_file_number"
        if row.events:
            self._filing(row.events[-1], form)

    def _filing(self, event: Event, form: str) -> None:
        extra = event["data"]["extra"]
        self._issuers.add(extra["cik"])
        self._intermediaries.update([extra["intermediary"]] if "intermediary" in extra else [])
        self._offerings.add(extra["file_number"])
        self._progress += "progress_update" in extra
        if form == "C":
            with localcontext() as context:
                context.prec = DIGITS
                for name in self._sums:
                    self._sums[name] += _amount(extra.get(name, "0"))

    def result(self) -> dict[str, Any]:
        """The figures under the keys of the data set's expected.json; issuers and intermediaries as written."""
        return {
            "rows": self._forms.total() + self._malformed.total(),
            "by_type": dict(self._forms),
            "by_quarter": dict(sorted(self._quarters.items())),
            "issuers": len(self._issuers),
            "intermediaries": len(self._intermediaries),
            "sum_target_of_type_C": str(self._sums["target"]),
            "sum_max_of_type_C": str(self._sums["maximum"]),
            "duplicate_accession": self._accessions.total() - len(self._accessions),
            "campaigns_FILE_NUMBER": len(self._offerings),
            "no_file_number": self._no_file_number,
            "with_progress_update_text": self._progress,
            "malformed_lines": dict(self._malformed),
        }


def _amount(text: str) -> Decimal:
    try:
        return decimal(text)
    except Rejected:
        return Decimal(0)
