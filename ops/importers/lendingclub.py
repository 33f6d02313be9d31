"""LendingClub's loans with their outcome: one row is a loan's whole life.

party.registered (the borrower), loan.listed, bid.placed, loan.disbursed, repayment.received (one sum for all payments),
then loan.settled, or loan.defaulted and loan.written_off, and a further repayment.received for what was recovered.

* The file has no investors: party `lc-investors`, registered once, stands for all of them and funds each loan whole.
* Amount, term and the months of payments are derived (`lending_terms`); `extra.amount_from` says how.
* A loan defaults 120 days after the first instalment that was missed and is written off 30 days later, LendingClub's
  published practice. Recoveries come 30 days after that, or on the settlement date where that is later.
* Recovered money counts as principal up to what is outstanding, beyond that as interest. What the collector kept of it
  is a fee.charged to the investors.
* Payments are rounded to cents; each event keeps the source texts of its amounts in `extra`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from ops.importers import files, lendingclub_book
from ops.importers.base import Event, Rejected, Row, event, registered, rejection
from ops.importers.lending_terms import Terms, after_months, charged_off, months_paid, paid_in_full
from ops.importers.lending_totals import LendingTotals
from ops.importers.parse import cents, day, decimal, identifier, positive_cents

SOURCE = "platform:lendingclub"
INVESTORS = "lc-investors"
REGISTERED_AT = "2007-05-24T00:00:00Z"  # LendingClub's first day
DEFAULT_AFTER = timedelta(days=120)
WRITE_OFF_AFTER = timedelta(days=30)
_RATE_MAX = 1000  # % a year
RECOVERY_AFTER = timedelta(days=30)

_PARTS = ("total_rec_prncp", "total_rec_int", "total_rec_late_fee")
_COLUMNS = (
    "id", "loan_status", "issue_d", "zip_code_prefix", "grade", "sub_grade", "installment", "int_rate",
    "collection_recovery_fee", "recoveries", "debt_settlement_flag", "settlement_amount", "settlement_date",
    "settlement_percentage", "settlement_status", "settlement_term", "total_pymnt", "total_pymnt_inv", "total_rec_int",
    "total_rec_late_fee", "total_rec_prncp",
)  # fmt: skip


class LendingClub:
    """Reads loans one by one; nothing is kept between rows. Two kinds of file, told apart by their columns.

    `Row.labels` are loan status and issue date, or `book` and the status of a loan that may still run.
    """

    name = "lendingclub"
    wants = "loans.csv.gz with LendingClub's outcomes, or with its book of early 2018; or the folder of one"
    suffixes = files.CSV_SUFFIXES
    reasons: ClassVar[Mapping[str, str]] = {
        "amount_rounds_to_zero": "the loan's amount or instalment is under half a cent",
        "amount_negative": "a sum of money is below zero by half a cent or more",
        "amount_unreadable": "a sum of money is not a decimal number",
        "date_unreadable": "the issue date or the settlement date is not a date",
        "id_not_allowed": "the loan's id is no identifier",
        "rate_unreadable": "the interest rate is no decimal number from 0 to 1,000 % a year",
        "status_unknown": "the loan is in none of the states that these files have",
        "term_unreadable": "the term is no number of months from 1 to 1,200",
        "wrong_columns": "the line has fewer or more cells than the header",
    }

    def setup(self, paths: Sequence[Path]) -> list[Event]:
        """LendingClub, licensed for lending."""
        return registered("lendingclub", "LendingClub", ["lending"], REGISTERED_AT)

    def read(self, paths: Sequence[Path]) -> Iterator[Row]:
        """The pooled investors, then the loans as they stand in the file."""
        every = files.expand(paths, self.suffixes)
        books = [path for path in every if set(lendingclub_book.COLUMNS) <= set(files.header(path))]
        others = [path for path in every if path not in books]
        # Something else beside a book is passed over, as it is beside a list of outcomes.
        fits = not books or any(set(_COLUMNS) <= set(files.header(path)) for path in others)
        outcomes = files.with_columns(others, _COLUMNS, "a list of loans with outcomes") if fits else []
        investors = {"party": INVESTORS, "kind": "organisation", "name": "LendingClub investors, pooled"}
        pooled = event(SOURCE, f"{INVESTORS}:registered", "party.registered", REGISTERED_AT, investors)
        yield Row(("investors", ""), [pooled], counted=False)
        for path in outcomes:
            for row in files.rows(path):
                yield _row(row)
        for path in books:
            for row in files.rows(path):
                yield _of_book(row)

    def totals(self) -> LendingTotals:
        """Counts by issue and status, and the sums of money."""
        return LendingTotals()


def _row(row: dict[str, str] | None) -> Row:
    if row is None:
        return rejection(("", ""), "wrong_columns")
    labels = (row["loan_status"], row["issue_d"])
    try:
        return Row(labels, _Loan(row).events())
    except Rejected as rejected:
        return rejection(labels, rejected.reason)


def _of_book(row: dict[str, str] | None) -> Row:
    if row is None:
        return rejection((lendingclub_book.FORM, ""), "wrong_columns")
    try:
        return lendingclub_book.events(row, SOURCE, INVESTORS, DEFAULT_AFTER, WRITE_OFF_AFTER)
    except Rejected as rejected:
        return rejection((lendingclub_book.FORM, row["loan_status"]), rejected.reason)


class _Loan:
    """One row, read; its methods give the events of each part of the loan's life. Money in cents of USD."""

    def __init__(self, row: Mapping[str, str]) -> None:
        self.row = row
        self.id = identifier(row["id"])
        self.rate = _rate(row["int_rate"])
        self.issued = day(row["issue_d"])
        self.instalment = positive_cents(decimal(row["installment"]))
        self.principal = _not_negative(row["total_rec_prncp"])
        self.interest = _not_negative(row["total_rec_int"])
        self.penalty = _not_negative(row["total_rec_late_fee"])
        self.recovered = _not_negative(row["recoveries"])
        decimal(row["total_pymnt"])  # kept as text only, but the totals add it up
        self.terms = self._terms()
        self.amount = positive_cents(self.terms.amount)
        paid = months_paid(self.amount, self.terms.months, self.instalment, self.rate, self.interest)
        self.paid_until = after_months(self.issued, max(paid, 1))

    def _terms(self) -> Terms:
        numbers = decimal(self.row["total_rec_prncp"]), decimal(self.row["installment"]), self.rate
        match self.row["loan_status"]:
            case "Fully Paid":
                return paid_in_full(*numbers)
            case "Charged Off":
                return charged_off(*numbers)
        raise Rejected("status_unknown")

    def events(self) -> list[Event]:
        """The whole life in order."""
        ended = self._settled() if self.row["loan_status"] == "Fully Paid" else self._charged_off()
        return [*self._begun(), *self._repaid(), *ended]

    def _event(self, what: str, type: str, on: date, data: dict[str, Any], *kept: str) -> Event:
        """`kept` names the columns whose source text goes into `extra`."""
        texts = {name: self.row[name] for name in kept}
        return event(SOURCE, f"{self.id}:{what}", type, f"{on}T12:00:00Z", data, **texts)

    def _begun(self) -> list[Event]:
        id, on, amount = self.id, self.issued, self.amount
        listed = {
            "loan": id, "borrower": f"b-{id}", "amount": amount, "currency": "USD",
            "annual_rate": _share(self.rate), "term_months": self.terms.months,
            "repayment": "equal_instalments", "raise_until": str(on), "jurisdiction": "US",
        }  # fmt: skip
        bid = {"bid": f"{id}-1", "loan": id, "investor": INVESTORS, "amount": amount}
        opening = self._event(
            "listed", "loan.listed", on, listed, "grade", "sub_grade", "installment", "zip_code_prefix"
        )
        source = "principal received" if self.row["loan_status"] == "Fully Paid" else "annuity"
        opening["data"]["extra"]["amount_from"] = source
        return [
            self._event("borrower", "party.registered", on, {"party": f"b-{id}", "kind": "person", "country": "US"}),
            opening,
            self._event("bid", "bid.placed", on, bid),
            self._event("disbursed", "loan.disbursed", on, {"loan": id}),
        ]

    def _repaid(self) -> list[Event]:
        if not (self.principal or self.interest or self.penalty):
            return []
        data = {"repayment": f"{self.id}-1", "loan": self.id, "principal": self.principal, "interest": self.interest}
        if self.penalty:
            data["penalty"] = self.penalty
        return [self._event("repaid", "repayment.received", self.paid_until, data, *_PARTS)]

    def _settled(self) -> list[Event]:
        kept = ("total_pymnt", "total_pymnt_inv", "debt_settlement_flag")
        return [self._event("settled", "loan.settled", self.paid_until, {"loan": self.id}, *kept)]

    def _charged_off(self) -> list[Event]:
        first_missed = after_months(self.paid_until, 1)
        defaulted = first_missed + DEFAULT_AFTER
        written_off = defaulted + WRITE_OFF_AFTER
        outstanding = self.amount - self.principal
        data = {"loan": self.id} | ({"amount": outstanding} if outstanding else {})
        kept = (
            "total_pymnt", "total_pymnt_inv", "debt_settlement_flag", "settlement_amount", "settlement_date",
            "settlement_percentage", "settlement_status", "settlement_term",
        )  # fmt: skip
        return [
            self._event("defaulted", "loan.defaulted", defaulted, data),
            self._event("written-off", "loan.written_off", written_off, dict(data), *kept),
            *self._recovered(written_off + RECOVERY_AFTER, outstanding),
        ]

    def _recovered(self, on: date, outstanding: int) -> list[Event]:
        if not self.recovered:
            return []
        if text := self.row["settlement_date"]:
            on = max(on, day(text))
        principal = min(self.recovered, outstanding)
        data = {
            "repayment": f"{self.id}-2", "loan": self.id,
            "principal": principal, "interest": self.recovered - principal,
        }  # fmt: skip
        kept = ("recoveries", "collection_recovery_fee")
        events = [self._event("recovered", "repayment.received", on, data, *kept)]
        if fee := _not_negative(self.row["collection_recovery_fee"]):
            charged = {"loan": self.id, "amount": fee, "payer": "investor"}
            events.append(self._event("collection-fee", "fee.charged", on, charged))
        return events


def _not_negative(text: str) -> int:
    value = cents(decimal(text))
    if value < 0:
        raise Rejected("amount_negative")
    return value


def _rate(text: str) -> Decimal:
    """A rate in % a year, to ten digits."""
    value = decimal(text, "rate_unreadable")
    if not 0 <= value < _RATE_MAX:
        raise Rejected("rate_unreadable")
    return abs(round(value, 10))


def _share(percent: Decimal) -> str:
    """11.53 as "0.1153", without an exponent."""
    return f"{(percent / 100).normalize():f}"
