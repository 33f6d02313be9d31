"""The figures of LendingClub's outcome file: counts, and exact sums of what the events' `extra` kept."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal, localcontext
from typing import Any

from ops.importers.base import Event, Row
from ops.importers.lendingclub_book import FORM, BookTotals, outstanding
from ops.importers.parse import DIGITS, cents

_PARTS = ("total_rec_prncp", "total_rec_int", "total_rec_late_fee", "recoveries")
_CENT = Decimal("0.01")
_ZERO = Decimal(0)


class LendingTotals:
    """Adds up loan by loan. A text that no event carries was zero: there was no such payment."""

    def __init__(self) -> None:
        self._issues: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._sums = dict.fromkeys(("total_pymnt", *_PARTS), _ZERO)
        self._differing = 0
        self._settlements = 0
        self._payments_differ = 0
        self._losses_differ = 0
        self._book = BookTotals()
        self._any_book = False

    def add(self, row: Row) -> None:
        """Takes one loan into account."""
        if not row.counted:
            return
        if row.labels[0] == FORM:
            self._any_book = True
            self._book.add(row)
            return
        status, issue = row.labels
        self._statuses[status] += 1
        self._issues[issue] += 1
        texts: dict[str, str] = {}
        for event in row.events:
            texts |= event["data"].get("extra", {})
        self._settlements += texts.get("debt_settlement_flag") == "Y"
        with localcontext() as context:
            context.prec = DIGITS
            values = {name: Decimal(texts.get(name, 0)) for name in self._sums}
            for name, value in values.items():
                self._sums[name] += value
            self._payments_differ += any(cents(values[name]) != got for name, got in _received(row.events).items())
            # Paid back, or written off: nothing is left of any of them.
            self._losses_differ += outstanding(row.events) != 0
            self._differing += abs(sum(values[name] for name in _PARTS) - values["total_pymnt"]) > _CENT

    def result(self) -> dict[str, Any]:
        """The figures under the keys of the data set's expected.json."""
        if self._any_book and not self._statuses:
            return self._book.result()
        found = {
            "rows": self._statuses.total(),
            "by_issue": dict(sorted(self._issues.items())),
            "by_status": dict(self._statuses),
            "sum_total_pymnt": str(self._sums["total_pymnt"]),
            "sum_rec_prncp": str(self._sums["total_rec_prncp"]),
            "sum_rec_int": str(self._sums["total_rec_int"]),
            "sum_late_fee": str(self._sums["total_rec_late_fee"]),
            "sum_recoveries": str(self._sums["recoveries"]),
            "rows_where_parts_do_not_add_up_to_total_by_more_than_1_cent": self._differing,
            "settlement_rows": self._settlements,
            "loans_whose_payments_differ_from_the_source": self._payments_differ,
            "loans_with_principal_left_at_the_end": self._losses_differ,
        }
        return found | ({"book": self._book.result()} if self._any_book else {})


def _received(told: list[Event]) -> dict[str, int]:
    """Cents received by the events, under the source's names."""
    sums = dict.fromkeys(_PARTS, 0)
    for each in told:
        data = each["data"]
        if each["id"].endswith(":recovered"):
            sums["recoveries"] += data["principal"] + data["interest"]
        elif each["type"] == "repayment.received":
            sums["total_rec_prncp"] += data["principal"]
            sums["total_rec_int"] += data["interest"]
            sums["total_rec_late_fee"] += data.get("penalty", 0)
    return sums
