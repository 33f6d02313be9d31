"""The plan of a loan as it runs: instalments as payments and restructurings left them, and how far they are covered.

* Payments cover instalments in the order of their dates, principal and interest together: a platform may split a
  payment its own way. Penalties and fees cover nothing.
* One minor unit of each instalment is forgiven, since platforms round differently. The last one is covered when
  no principal is left.
* **Paid ahead or prepaid?** Interest is what tells. A payment that brings the interest of later instalments pays
  these ahead, and they are covered. Principal beyond the coming instalment and beyond those whose interest was paid
  is a *prepayment*: the instalments after these are made anew from what is left. Equal instalments keep their size,
  so the loan ends earlier and costs less interest; interest-only ones become smaller. A bullet loan keeps its date,
  and bears interest on what was left at each time.
* **A restructuring** makes a new plan from its date, for the principal outstanding then, over the dates that are left
  of the new term. Principal in arrears is part of it. Interest in arrears (and what a bullet loan has run up) is not
  given up: it falls due with the first new instalment. Days past due count from the new dates; where the new
  term leaves no date, all falls due on its last one, be it past.
* Facts of one day count as payments, then losses, then restructurings.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

from ledger.lending.days import ACCRUAL, add_months, months_since, year_fraction
from ledger.lending.schedule import Instalment, annuity, instalments, rounded
from ledger.lending.terms import History, Payment, Restructuring, Terms

PAID: Final = "paid"
DUE: Final = "due"  # today or later
LATE: Final = "late"  # its date is past and it is not covered
REPLACED: Final = "replaced"  # what was not paid of it went into the restructured plan
ENDED: Final = "ended"  # not paid, and nothing is owed any more


class Line(NamedTuple):
    """An instalment as it stands on a day; `paid` is what payments cover of principal and interest together."""

    due: date
    principal: int
    interest: int
    paid: int
    state: str


class Plan:
    """One loan's plan, advanced fact by fact in the order of their dates; `build` does that."""

    def __init__(self, terms: Terms, disbursed: date) -> None:
        self.disbursed = disbursed
        self.rate = terms.annual_rate
        self.term = terms.term_months
        self.repayment = terms.repayment
        self.closed: list[Line] = []  # of plans before a restructuring
        self._begin(disbursed, terms.amount, 0)

    def _begin(self, on: date, principal: int, carried: int) -> None:
        self.begun = on
        self.principal = principal
        dues = self._dates_after(on)
        self.level = annuity(principal, self.rate, len(dues)) if self.repayment == "equal_instalments" else None
        rows = list(instalments(principal, self.rate, self.repayment, dues))
        if rows and dues[0] <= on:  # no month is left that could bear interest
            rows = [Instalment(dues[-1], principal, 0)]
        if rows and carried:
            rows[0] = rows[0]._replace(interest=rows[0].interest + carried)
        self.carried = carried
        self.rows = rows
        self.paid_principal = self.paid_interest = 0
        self.prepaid = 0
        self.parts: list[tuple[date, int]] = []  # principal payments of this plan

    def _dates_after(self, on: date) -> tuple[date, ...]:
        first = max(int(months_since(self.disbursed, on)) + 1, 1)
        return _dates(self.disbursed, min(first, self.term), self.term)

    # -- facts

    def pay(self, payment: Payment) -> None:
        """Principal and interest that were received on a day."""
        self.paid_principal += payment.principal
        self.paid_interest += payment.interest
        if not payment.principal or not self.rows:
            return
        self.parts.append((payment.on, payment.principal))
        if self.repayment == "bullet":
            self._lighten()
        else:
            self._prepay(payment.on)

    def _lighten(self) -> None:
        """A bullet loan bears interest on what was left at each time."""
        row = self.rows[0]
        interest = rounded(self._run_up(row.due)) + self.carried
        self.rows[0] = row._replace(interest=interest)

    def _run_up(self, until: date) -> Fraction:
        """Interest of this plan from its first month to a date, on what was left at each time."""
        start = add_months(self.disbursed, int(months_since(self.disbursed, self.begun)))
        return run_up(self.principal, self.parts, self.rate, self.disbursed, min(start, until), until)

    def _prepay(self, on: date) -> None:
        coming = next((index for index, row in enumerate(self.rows) if row.due >= on), None)
        if coming is None:
            return
        if self.paid_principal - self.prepaid <= sum(row.principal for row in self.rows[: coming + 1]):
            return
        interest = list(accumulate(row.interest for row in self.rows))
        while coming + 1 < len(self.rows) and self.paid_interest >= interest[coming + 1] - (coming + 2):
            coming += 1
        kept = self.rows[: coming + 1]
        excess = self.paid_principal - self.prepaid - sum(row.principal for row in kept)
        if excess <= len(kept):  # nothing, or another way of rounding
            return
        dues = [row.due for row in self.rows[coming + 1 :]]
        left = sum(row.principal for row in self.rows[coming + 1 :]) - excess
        self.prepaid += excess
        self.rows = [*kept, *instalments(left, self.rate, self.repayment, dues, self.level)]

    def restructure(self, change: Restructuring, outstanding: int) -> None:
        """New terms for what is outstanding in the books at the end of that day."""
        due = [row for row in self.rows if row.due <= change.on]
        owed = sum(row.interest for row in due) - self.paid_interest
        unpaid = owed if owed > len(due) else 0
        ahead = max(-owed, 0)
        if self.repayment == "bullet" and not due:
            # Nothing of it has fallen due, but whole months have run up: the new plan begins with the month after them.
            begun = add_months(self.disbursed, int(months_since(self.disbursed, change.on)))
            unpaid = max(rounded(self._run_up(begun)) + self.carried - self.paid_interest, 0)
            ahead = 0
        self.closed += [
            each if each.state == PAID else each._replace(state=REPLACED)
            for each in self._lines(change.on, ended=False)
            if each.due <= change.on
        ]
        self.term = self.term if change.term_months is None else change.term_months
        self.rate = self.rate if change.annual_rate is None else change.annual_rate
        self._begin(change.on, outstanding, unpaid)
        self.paid_interest = ahead

    # -- questions

    @property
    def paid(self) -> int:
        """Principal and interest that cover this plan's instalments; a prepayment took away what it paid for."""
        return self.paid_principal + self.paid_interest - self.prepaid

    def lines(self, today: date, *, ended: bool) -> tuple[Line, ...]:
        """Every instalment, those of replaced plans first. `ended`: nothing is outstanding."""
        return (*self.closed, *self._lines(today, ended=ended))

    def _lines(self, today: date, *, ended: bool) -> list[Line]:
        found, before, paid, last = [], 0, self.paid, len(self.rows)
        for number, row in enumerate(self.rows, 1):
            due, principal, interest = row
            total = principal + interest
            share = min(max(paid - before, 0), total)
            before += total
            covered = paid >= before - number and (ended or number < last)
            state = PAID if covered else ENDED if ended else LATE if due < today else DUE
            found.append(Line(due, principal, interest, share, state))
        return found

    def arrears(self, today: date, outstanding: int) -> tuple[int, int]:
        """Principal and interest that fell due before `today` and are not covered."""
        due = [row for row in self.rows if row.due < today]
        interest = max(sum(row.interest for row in due) - self.paid_interest, 0)
        if len(due) == len(self.rows):
            return outstanding, interest if outstanding else 0
        missing = min(sum(row.total for row in due) - self.paid, outstanding + interest)
        if missing <= len(due):
            return 0, 0
        interest = min(interest, missing)
        return missing - interest, interest


@lru_cache(maxsize=4096)
def _dates(disbursed: date, first: int, last: int) -> tuple[date, ...]:
    # Kept, since many loans of a book begin on the same day.
    return tuple(add_months(disbursed, month) for month in range(first, last + 1))


def build(terms: Terms, history: History) -> Plan | None:
    """The plan after all that is in `history`; None where nothing was disbursed."""
    if history.disbursed is None:
        return None
    plan = Plan(terms, history.disbursed)
    facts: list[tuple[date, int, Payment | Restructuring]] = [(each.on, 0, each) for each in _by_day(history.payments)]
    changes = sorted(history.restructurings, key=lambda each: (each.on, each.term_months or 0, each.annual_rate or ""))
    facts += [(each.on, 1, each) for each in changes]
    for on, _, fact in sorted(facts, key=lambda each: each[:2]):
        if isinstance(fact, Payment):
            plan.pay(fact)
        else:
            plan.restructure(fact, outstanding(terms, history.until(on)))
    return plan


def outstanding(terms: Terms, history: History) -> int:
    """Principal in the books: the sum of the claims, as the postings of what is in `history` left it."""
    if history.disbursed is None:
        return 0
    repaid = sum(each.principal - each.recovered for each in history.payments)
    return terms.amount - repaid - sum(each.amount for each in history.losses)


def run_up(
    principal: int,
    parts: Sequence[tuple[date, int]],
    rate: str,
    anchor: date,
    start: date,
    end: date,
    day_count: str = ACCRUAL,
) -> Fraction:
    """Interest from `start` to `end` on `principal` less the `parts` paid off by then, day by day; never below zero.

    `parts` before `start` count from the beginning. Months are counted from `anchor`: see `days.py`.
    """
    years, left, at = Fraction(0), principal, start
    for on, amount in [*sorted(each for each in parts if each[0] <= end), (end, 0)]:
        if on > at:
            years += max(left, 0) * year_fraction(day_count, at, on, anchor)
            at = on
        left -= amount
    return years * Fraction(rate)


def _by_day(payments: Sequence[Payment]) -> list[Payment]:
    """One sum for each day: within a day no order is known."""
    sums: dict[date, Payment] = {}
    for each in payments:
        so_far = sums.get(each.on, Payment(each.on))
        sums[each.on] = so_far._replace(
            principal=so_far.principal + each.principal, interest=so_far.interest + each.interest
        )
    return [sums[on] for on in sorted(sums)]
