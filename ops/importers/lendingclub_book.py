"""LendingClub's loans of early 2018 as they stood soon after: one row is a loan in the middle of its life.

The same events as for loans with their outcome (`lendingclub.py`), but amount, term and balance are in the file, and
most loans still run. Late loans give no event: that they are late follows from what was not paid.

* The row's number is the loan's id, with `2018-` before it. The issue date is the first of the month that is given.
* Payments carry no dates: they are dated by the interest that came in, as for the others.
* A charged-off loan has a balance of zero here: what was outstanding is written off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Any

from ops.importers.base import Event, Rejected, Row, event
from ops.importers.lending_terms import after_months, months_paid
from ops.importers.parse import DIGITS, cents, decimal, identifier, positive_cents

COLUMNS = (
    "row", "state", "homeownership", "loan_purpose", "loan_amount", "term", "interest_rate", "installment", "grade",
    "sub_grade", "issue_month", "loan_status", "balance", "paid_total", "paid_principal", "paid_interest",
    "paid_late_fees",
)  # fmt: skip
FORM = "book"  # the first label of its rows
RUNNING = frozenset({"Current", "In Grace Period", "Late (16-30 days)", "Late (31-120 days)"})
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PAID = ("paid_total", "paid_principal", "paid_interest", "paid_late_fees")
_TERM_MAX = 1200
_RATE_MAX = 1000
_CENT = Decimal("0.01")


def events(row: Mapping[str, str], source: str, investors: str, default_after: timedelta, lost_after: timedelta) -> Row:
    """One row. Raises Rejected. `default_after` and `lost_after`: days from a missed instalment, and on from there."""
    loan = _Loan(row, source, investors)
    labels = (FORM, row["loan_status"])
    if row["loan_status"] in RUNNING:
        return Row(labels, [*loan.begun(), *loan.repaid()])
    if row["loan_status"] == "Fully Paid":
        return Row(labels, [*loan.begun(), *loan.repaid(), loan.tell("settled", "loan.settled", loan.paid_until, {})])
    if row["loan_status"] == "Charged Off":
        return Row(labels, [*loan.begun(), *loan.repaid(), *loan.lost(default_after, lost_after)])
    raise Rejected("status_unknown")


class _Loan:
    """One row, read; money in cents of USD."""

    def __init__(self, row: Mapping[str, str], source: str, investors: str) -> None:
        self.row = row
        self.source = source
        self.investors = investors
        self.id = "2018-" + identifier(row["row"])
        self.issued = _month(row["issue_month"])
        self.rate = decimal(row["interest_rate"], "rate_unreadable")
        if not 0 <= self.rate < _RATE_MAX:
            raise Rejected("rate_unreadable")
        self.rate = abs(round(self.rate, 10))
        self.term = _term(row["term"])
        self.amount = positive_cents(decimal(row["loan_amount"]))
        self.balance = _not_negative(row["balance"])
        decimal(row["paid_total"])  # kept as text only, but the totals add it up
        self.principal, self.interest, self.penalty = (_not_negative(row[name]) for name in _PAID[1:])
        instalment = positive_cents(decimal(row["installment"]))
        months = months_paid(self.amount, self.term, instalment, self.rate, self.interest)
        self.paid_until = after_months(self.issued, max(months, 1))

    def tell(self, what: str, type: str, on: date, data: dict[str, Any], *kept: str) -> Event:
        """An event of this loan; `kept` names the columns whose source text goes into `extra`."""
        texts = {name: self.row[name] for name in kept}
        return event(self.source, f"{self.id}:{what}", type, f"{on}T12:00:00Z", {"loan": self.id, **data}, **texts)

    def begun(self) -> list[Event]:
        """Listed, bid for by the pooled investors, paid out."""
        borrower = {"party": f"b-{self.id}", "kind": "person", "country": "US"}
        registered = event(self.source, f"{self.id}:borrower", "party.registered", f"{self.issued}T12:00:00Z", borrower)
        listed = {
            "borrower": f"b-{self.id}", "amount": self.amount, "currency": "USD",
            "annual_rate": f"{(self.rate / 100).normalize():f}", "term_months": self.term,
            "repayment": "equal_instalments", "raise_until": str(self.issued), "jurisdiction": "US",
        }  # fmt: skip
        kept = ("loan_amount", "balance", "loan_status", "grade", "sub_grade", "installment", "issue_month")
        bid = {"bid": f"{self.id}-1", "investor": self.investors, "amount": self.amount}
        return [
            registered,
            self.tell("listed", "loan.listed", self.issued, listed, *kept),
            self.tell("bid", "bid.placed", self.issued, bid),
            self.tell("disbursed", "loan.disbursed", self.issued, {}),
        ]

    def repaid(self) -> list[Event]:
        """One sum for all payments; none where nothing was paid."""
        if not (self.principal or self.interest or self.penalty):
            return []
        data = {"repayment": f"{self.id}-1", "principal": self.principal, "interest": self.interest}
        if self.penalty:
            data["penalty"] = self.penalty
        return [self.tell("repaid", "repayment.received", self.paid_until, data, *_PAID)]

    def lost(self, default_after: timedelta, lost_after: timedelta) -> list[Event]:
        """In default after the first instalment that was missed, and what is outstanding written off."""
        on = after_months(self.paid_until, 1) + default_after
        left = self.amount - self.principal
        if left <= 0:
            return [self.tell("settled", "loan.settled", self.paid_until, {})]
        return [
            self.tell("defaulted", "loan.defaulted", on, {"amount": left}),
            self.tell("written-off", "loan.written_off", on + lost_after, {"amount": left}),
        ]


class BookTotals:
    """The figures of the book, from the events' `extra`, and how many loans differ from the source by a cent."""

    def __init__(self) -> None:
        self._statuses: Counter[str] = Counter()
        self._sums: Counter[str] = Counter()
        self._decimals = dict.fromkeys(("loan_amount", "balance", "paid_total", "paid_principal"), Decimal(0))

    def add(self, row: Row) -> None:
        """Takes one loan into account."""
        texts: dict[str, str] = {}
        for each in row.events:
            texts |= each["data"].get("extra", {})
        self._statuses[row.labels[1]] += 1
        with localcontext() as context:
            context.prec = DIGITS
            values = {name: Decimal(texts.get(name, 0)) for name in (*self._decimals, *_PAID)}
            for name in self._decimals:
                self._decimals[name] += values[name]
            parts = sum(values[name] for name in _PAID[1:])
            self._sums["left"] += values["loan_amount"] - values["paid_principal"] != values["balance"]
            self._sums["parts"] += abs(parts - values["paid_total"]) > _CENT
            self._sums["differing"] += any(cents(values[name]) != got for name, got in _received(row.events).items())
            self._sums["outstanding"] += cents(values["balance"]) != outstanding(row.events)

    def result(self) -> dict[str, Any]:
        """Under the keys of the data set's expected.json; then the comparison loan by loan."""
        return {
            "rows": self._statuses.total(),
            "by_status": dict(self._statuses),
            **{f"sum_{name}": str(value) for name, value in self._decimals.items()},
            "rows_loan_minus_principal_ne_balance": self._sums["left"],
            "rows_parts_ne_total": self._sums["parts"],
            "loans_whose_payments_differ_from_the_source": self._sums["differing"],
            "loans_whose_balance_differs_from_the_source": self._sums["outstanding"],
        }


def outstanding(told: list[Event]) -> int:
    """Principal in the books after these events of one loan, cents; what is recovered was written off before."""
    left = 0
    for each in told:
        data = each["data"]
        if each["type"] == "loan.listed":
            left += int(data["amount"])
        elif each["type"] == "repayment.received" and not each["id"].endswith(":recovered"):
            left -= int(data["principal"])
        elif each["type"] == "loan.written_off":
            left -= int(data.get("amount", left))  # without an amount: all that is left
    return left


def _received(told: list[Event]) -> dict[str, int]:
    paid = [each["data"] for each in told if each["type"] == "repayment.received"]
    names = {"paid_principal": "principal", "paid_interest": "interest", "paid_late_fees": "penalty"}
    return {column: sum(each.get(name, 0) for each in paid) for column, name in names.items()}


def _not_negative(text: str) -> int:
    value = cents(decimal(text))
    if value < 0:
        raise Rejected("amount_negative")
    return value


def _term(text: str) -> int:
    months = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
    if not 1 <= months <= _TERM_MAX:
        raise Rejected("term_unreadable")
    return months


def _month(text: str) -> date:
    name, _, year = text.partition("-")
    if name not in _MONTHS or not (year.isascii() and year.isdigit() and len(year) == 2):
        raise Rejected("date_unreadable")
    return date(2000 + int(year), _MONTHS.index(name) + 1, 1)
