"""What a loan's figures are made from: its terms as they were agreed, and the facts that were reported, with dates.

Money is minor units of the loan's currency; a date is the calendar day where the sender was. The order in which facts
stand in a tuple means nothing: they count by their dates.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Terms(NamedTuple):
    """A loan as it was listed, before any restructuring."""

    amount: int
    annual_rate: str  # decimal: "0.154" is 15.4 % a year
    term_months: int  # from the disbursement to the last instalment
    repayment: str  # equal_instalments, interest_only, bullet


class Payment(NamedTuple):
    """One repayment. `recovered` is the part of `principal` that had been written off before, by its postings."""

    on: date
    principal: int = 0
    interest: int = 0
    penalty: int = 0
    fee: int = 0
    recovered: int = 0


class Restructuring(NamedTuple):
    """New terms from a date on; None: as before. `term_months` counts from the disbursement."""

    on: date
    term_months: int | None = None
    annual_rate: str | None = None


class Loss(NamedTuple):
    """Principal that a write-off or a settlement took from the holders' claims, by its postings."""

    on: date
    amount: int


class Charge(NamedTuple):
    """A fee beside the repayments: `payer` is `borrower` or `investor`."""

    on: date
    amount: int
    payer: str


class History(NamedTuple):
    """What happened to a loan. Corrected events are left out; `settled` is the day of the settlement."""

    disbursed: date | None = None
    payments: tuple[Payment, ...] = ()
    restructurings: tuple[Restructuring, ...] = ()
    losses: tuple[Loss, ...] = ()
    charges: tuple[Charge, ...] = ()
    settled: date | None = None

    def by(self, day: date) -> History:
        """The same with no date after `day`: what has happened counts, though the sender's calendar be a day ahead."""
        return History(
            None if self.disbursed is None else min(self.disbursed, day),
            tuple(each._replace(on=min(each.on, day)) for each in self.payments),
            tuple(each._replace(on=min(each.on, day)) for each in self.restructurings),
            tuple(each._replace(on=min(each.on, day)) for each in self.losses),
            tuple(each._replace(on=min(each.on, day)) for each in self.charges),
            None if self.settled is None else min(self.settled, day),
        )

    def until(self, day: date) -> History:
        """What had happened by the end of a day."""
        return History(
            self.disbursed if self.disbursed is not None and self.disbursed <= day else None,
            tuple(each for each in self.payments if each.on <= day),
            tuple(each for each in self.restructurings if each.on <= day),
            tuple(each for each in self.losses if each.on <= day),
            tuple(each for each in self.charges if each.on <= day),
            self.settled if self.settled is not None and self.settled <= day else None,
        )
