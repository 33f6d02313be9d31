"""Everything that can be said of one loan on one day: `figures` is the function that endpoints and reports call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from ledger.lending.days import ACCRUAL, add_months, months_since
from ledger.lending.effective import Effective, Flow, effective_rate
from ledger.lending.plan import DUE, LATE, Line, Plan, build, outstanding, run_up
from ledger.lending.schedule import rounded
from ledger.lending.terms import History, Terms

NOT_DISBURSED = Effective(None, "nothing was paid out")


class Received(NamedTuple):
    """What came in from the borrower. `principal` is without `recovered`, which had been written off before."""

    principal: int
    interest: int
    penalty: int
    fees: int
    recovered: int


class Figures(NamedTuple):
    """A loan at the end of `day`; money in minor units of its currency."""

    day: date
    outstanding: int  # principal in the books: what the holders' claims add up to
    written_off: int  # losses less what was recovered of them
    accrued_interest: int  # since the last due date, not due yet
    day_count: str
    next_due: date | None  # the first instalment that is not covered; a past date where it is late
    next_due_amount: int  # what is missing of it
    days_past_due: int
    bucket: str | None  # None where nothing is owed
    arrears_principal: int
    arrears_interest: int
    received: Received
    schedule: tuple[Line, ...]


def figures(terms: Terms, history: History, day: date, day_count: str = ACCRUAL) -> Figures:
    """All figures of a loan at the end of a day.

    `terms` are those of the listing. `history` may hold facts in any order and of any date: only what happened up to
    `day` counts, by its date, so a payment that is told late changes the answer for the day on which it was made.
    Leave corrected events out. Of money, `recovered` and `Loss.amount` are to come from the recorded postings.
    A loan that was not disbursed by then, or has nothing outstanding, owes nothing: dates are None, sums zero.
    """
    known = history.until(day)
    left = outstanding(terms, known)
    plan = build(terms, known)
    lines = plan.lines(day, ended=left <= 0) if plan is not None else ()
    open_lines = [line for line in lines if line.state in {DUE, LATE}]
    following = open_lines[0] if open_lines else None
    late = max((day - following.due).days, 0) if following else 0
    principal, interest = plan.arrears(day, left) if plan is not None and left > 0 else (0, 0)
    return Figures(
        day=day,
        outstanding=left,
        written_off=max(sum(each.amount for each in known.losses) - sum(each.recovered for each in known.payments), 0),
        accrued_interest=_accrued(plan, known, terms, day, day_count) if plan is not None and left > 0 else 0,
        day_count=day_count,
        next_due=following.due if following else None,
        next_due_amount=_missing(following, lines, left),
        days_past_due=late,
        bucket=bucket(late) if following else None,
        arrears_principal=principal,
        arrears_interest=interest,
        received=_received(known),
        schedule=lines,
    )


def bucket(days_past_due: int) -> str:
    """The supervisor's ageing bucket: `current`, `1-30`, `31-60`, `61-90`, `90+` (91 and more)."""
    if days_past_due <= 0:
        return "current"
    return next((name for last, name in ((30, "1-30"), (60, "31-60"), (90, "61-90")) if days_past_due <= last), "90+")


def borrower_rate(terms: Terms, history: History, day: date) -> Effective:
    """What the loan costs the borrower a year, over the flows up to `day` and the instalments still to come.

    He receives the amount; he pays principal, interest and fees. Penalties are left out, as article 19(2) of Directive
    2008/48/EC leaves out what is payable for not keeping the contract. An instalment that is late counts on `day`.
    """
    known = history.until(day)
    if known.disbursed is None:
        return NOT_DISBURSED
    paid = [Flow(each.on, -each.principal - each.interest - each.fee) for each in known.payments]
    charged = [Flow(each.on, -each.amount) for each in known.charges if each.payer == "borrower"]
    coming = [Flow(on, -amount) for on, amount in _to_come(terms, known, day)]
    return effective_rate([Flow(known.disbursed, terms.amount), *paid, *charged, *coming])


def lender_rate(terms: Terms, history: History, day: date) -> Effective:
    """What the loan yields its lenders a year, all together, over the flows up to `day` and the instalments to come.

    They pay the amount and investors' fees; they receive principal (recoveries too), interest and penalties. Claims
    that they sell each other cancel out. Of a loan that ended with a loss only what came in counts.
    """
    known = history.until(day)
    if known.disbursed is None:
        return NOT_DISBURSED
    came = [Flow(each.on, each.principal + each.interest + each.penalty) for each in known.payments]
    charged = [Flow(each.on, -each.amount) for each in known.charges if each.payer == "investor"]
    coming = [Flow(on, amount) for on, amount in _to_come(terms, known, day)]
    return effective_rate([Flow(known.disbursed, -terms.amount), *came, *charged, *coming])


def _to_come(terms: Terms, known: History, day: date) -> Iterator[tuple[date, int]]:
    """What is still to be paid by the plan; nothing where nothing is outstanding."""
    plan = build(terms, known)
    if plan is None or outstanding(terms, known) <= 0:
        return
    for line in plan.lines(day, ended=False):
        if line.state in {DUE, LATE}:
            yield max(line.due, day), line.principal + line.interest - line.paid


def _accrued(plan: Plan, known: History, terms: Terms, day: date, day_count: str) -> int:
    """Interest since the last due date on what was outstanding at each time, less what was paid ahead of it."""
    last = max((row.due for row in plan.rows if row.due <= day), default=None)
    whole = int(months_since(plan.disbursed, plan.begun if plan.repayment == "bullet" else day))
    start = last or add_months(plan.disbursed, whole)
    balances = [(each.on, each.principal - each.recovered) for each in known.payments]
    balances += [(each.on, each.amount) for each in known.losses]
    interest = run_up(terms.amount, balances, plan.rate, plan.disbursed, start, day, day_count)
    due = sum(row.interest for row in plan.rows if row.due <= day)
    return max(rounded(interest) - max(plan.paid_interest - due, 0), 0)


def _missing(following: Line | None, lines: tuple[Line, ...], left: int) -> int:
    if following is None:
        return 0
    owed = following.principal + following.interest - following.paid
    return max(owed, left) if following is lines[-1] else owed


def _received(known: History) -> Received:
    recovered = sum(each.recovered for each in known.payments)
    return Received(
        sum(each.principal for each in known.payments) - recovered,
        sum(each.interest for each in known.payments),
        sum(each.penalty for each in known.payments),
        sum(each.fee for each in known.payments),
        recovered,
    )
