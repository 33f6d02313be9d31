"""What `ledger/lending` works with, from the facts: a loan's terms and dated history, money from recorded postings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final

from msgspec import UNSET

from ledger.accounts import principal
from ledger.asof.facts import Fact
from ledger.events.funds import FeeCharged
from ledger.events.loans import (
    LoanDisbursed,
    LoanListed,
    LoanRestructured,
    LoanSettled,
    LoanWrittenOff,
    RepaymentReceived,
)
from ledger.lending.terms import Charge, History, Loss, Payment, Restructuring, Terms


def lent(own: str, facts: Iterable[Fact]) -> tuple[Terms, History] | None:
    """Terms and history of the loan with the key `own`, from facts in any order; None where none of them lists it."""
    fold = _Fold(own)
    for fact in facts:
        take = _TAKES.get(fact.type)
        if take is not None:
            take(fold, fact, fact.data)
    if fold.terms is None:
        return None
    return fold.terms, History(
        fold.disbursed,
        tuple(fold.payments),
        tuple(fold.restructurings),
        tuple(fold.losses),
        tuple(fold.charges),
        fold.settled,
    )


class _Fold:
    def __init__(self, own: str) -> None:
        self.account = principal(own)
        self.terms: Terms | None = None
        self.disbursed: date | None = None
        self.settled: date | None = None
        self.payments: list[Payment] = []
        self.restructurings: list[Restructuring] = []
        self.losses: list[Loss] = []
        self.charges: list[Charge] = []

    def listed(self, fact: Fact, data: LoanListed) -> None:
        self.terms = Terms(data.amount, data.annual_rate, data.term_months, data.repayment)

    def paid_out(self, fact: Fact, data: LoanDisbursed) -> None:
        self.disbursed = fact.on

    def repaid(self, fact: Fact, data: RepaymentReceived) -> None:
        penalty, fee = data.penalty or 0, data.fee or 0
        recovered = data.principal - fact.moved(self.account)
        self.payments.append(Payment(fact.on, data.principal, data.interest, penalty, fee, recovered))

    def restructured(self, fact: Fact, data: LoanRestructured) -> None:
        term = None if data.term_months is UNSET else data.term_months
        rate = None if data.annual_rate is UNSET else data.annual_rate
        self.restructurings.append(Restructuring(fact.on, term, rate))

    def given_up(self, fact: Fact, data: LoanWrittenOff | LoanSettled) -> None:
        if amount := fact.moved(self.account):
            self.losses.append(Loss(fact.on, amount))
        if isinstance(data, LoanSettled):
            self.settled = fact.on

    def charged(self, fact: Fact, data: FeeCharged) -> None:
        if data.loan is not UNSET:
            self.charges.append(Charge(fact.on, data.amount, data.payer))


_TAKES: Final[dict[str, Callable[[_Fold, Fact, Any], None]]] = {
    LoanListed.TYPE: _Fold.listed,
    LoanDisbursed.TYPE: _Fold.paid_out,
    RepaymentReceived.TYPE: _Fold.repaid,
    LoanRestructured.TYPE: _Fold.restructured,
    LoanWrittenOff.TYPE: _Fold.given_up,
    LoanSettled.TYPE: _Fold.given_up,
    FeeCharged.TYPE: _Fold.charged,
}
TYPES: Final = frozenset(_TAKES)
