"""Decisions on a loan's beginning and terms: listed, disbursed, lapsed, restructured, guaranteed, defaulted."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from msgspec import UNSET
from msgspec.structs import replace

from ledger.accounts import Posting, borrower, claim, principal
from ledger.candidate import Candidate
from ledger.decisions.base import Boundary, Outcome, absent, micros, need, need_all, until_micros
from ledger.decisions.cash import follow, owe, party_after, pay
from ledger.decisions.platforms import may_take_business
from ledger.events.loans import (
    GuaranteeDeclared,
    LoanDefaulted,
    LoanDisbursed,
    LoanLapsed,
    LoanListed,
    LoanRestructured,
)
from ledger.events.naming import key, name_of
from ledger.kernel.refusals import Code, Refused
from ledger.states.base import State
from ledger.states.loans import Agreed, Loan

RUNNING = frozenset({"disbursed", "defaulted"})


def listed(candidate: Candidate, data: LoanListed, boundary: Boundary) -> Outcome:
    """A licensed platform, a new id, a borrower (and a guarantor, where one is named) that is known."""
    may_take_business(candidate, "lending", boundary)
    own = absent(boundary, "loan", candidate, data.loan)
    party = key("party", candidate.scope, data.borrower)
    named = () if data.guarantor is UNSET else (key("party", candidate.scope, data.guarantor),)
    need_all(boundary, party, *named)
    loan = Loan(
        party,
        data.amount,
        data.currency,
        data.annual_rate,
        data.term_months,
        data.repayment,
        data.jurisdiction,
        micros(candidate.happened_at),
        until_micros(candidate, data.raise_until),
    )
    changes: dict[str, State] = {own: loan}
    owe(party, data.currency, data.amount, changes, boundary)
    return Outcome(changes)


def disbursed(candidate: Candidate, data: LoanDisbursed, boundary: Boundary) -> Outcome:
    """Bids become claims: each bidder pays with waiting money first, and the borrower receives the whole sum."""
    own = key("loan", candidate.scope, data.loan)
    loan = need(boundary, Loan, own)
    must_be_listed(loan, own)
    if loan.funded < loan.amount:
        raise Refused(
            Code.NOT_FULLY_FUNDED, f"loan {data.loan!r} has bids for {loan.funded} of {loan.amount}; it can lapse."
        )
    holders: defaultdict[str, int] = defaultdict(int)
    for party, amount in loan.bids.values():
        holders[party] += amount
    boundary.prefetch(holders)
    changes: dict[str, State] = {}
    lines: list[Posting] = []
    for party, amount in holders.items():
        lines += pay(party_after(party, changes, boundary), party, loan.currency, amount)
        lines.append(Posting(claim(own, party), loan.currency, amount))
    lines.append(Posting(borrower(loan.borrower), loan.currency, loan.amount))
    lines.append(Posting(principal(own), loan.currency, -loan.amount))
    follow(lines, changes, boundary)
    changes[own] = replace(
        loan,
        status="disbursed",
        closed_at=micros(candidate.happened_at),
        bids={},  # a correction finds them in the log
        holders=dict(holders),
        outstanding=loan.amount,
    )
    return Outcome(changes, tuple(lines), (loan.borrower,))


def lapsed(candidate: Candidate, data: LoanLapsed, boundary: Boundary) -> Outcome:
    """No money had moved, so none goes back."""
    own = key("loan", candidate.scope, data.loan)
    loan = need(boundary, Loan, own)
    must_be_listed(loan, own)
    changes: dict[str, State] = {own: replace(loan, status="lapsed", closed_at=micros(candidate.happened_at))}
    owe(loan.borrower, loan.currency, -loan.amount, changes, boundary)
    return Outcome(changes)


def restructured(candidate: Candidate, data: LoanRestructured, boundary: Boundary) -> Outcome:
    """New terms for a loan that runs, or ran then. A default stays one: payments cure it, papers don't."""
    own = key("loan", candidate.scope, data.loan)
    loan = need(boundary, Loan, own)
    must_be(RUNNING, loan, own, micros(candidate.happened_at))
    return Outcome({own: loan.agreeing((*loan.terms(), agreement(candidate.happened_at, data)))}, (), (loan.borrower,))


def agreement(happened_at: datetime, data: LoanRestructured) -> Agreed:
    """What a restructuring changes, as the state keeps it."""
    term = None if data.term_months is UNSET else data.term_months
    rate = None if data.annual_rate is UNSET else data.annual_rate
    return micros(happened_at), term, rate


def guaranteed(candidate: Candidate, data: GuaranteeDeclared, boundary: Boundary) -> Outcome:
    """A guarantee is for a loan that is asked for or runs. Views and rules read it; no decision depends on it."""
    own = key("loan", candidate.scope, data.loan)
    need_all(boundary, own, key("party", candidate.scope, data.guarantor))
    loan = need(boundary, Loan, own)
    must_be(RUNNING | {"listed"}, loan, own, micros(candidate.happened_at))
    return Outcome({}, (), (loan.borrower,))


def defaulted(candidate: Candidate, data: LoanDefaulted, boundary: Boundary) -> Outcome:
    """Once, for a loan that runs. Told after the end of the loan it leaves that end as it is."""
    own = key("loan", candidate.scope, data.loan)
    loan = need(boundary, Loan, own)
    happened_at = micros(candidate.happened_at)
    must_be({"disbursed"}, loan, own, happened_at if loan.defaulted_at is None else None)
    after = replace(
        loan,
        status="defaulted" if loan.status == "disbursed" else loan.status,
        defaulted_at=happened_at,
        defaulted_amount=None if data.amount is UNSET else data.amount,
    )
    return Outcome({own: after}, (), (loan.borrower,))


def must_be_listed(loan: Loan, own: str) -> None:
    """Refuse what only a loan that still takes bids can do."""
    must_be({"listed"}, loan, own)


def must_be(statuses: set[str] | frozenset[str], loan: Loan, own: str, happened_at: int | None = None) -> None:
    """Refuse what a loan of another status can't do; what happened before the loan's end, it could do still."""
    over = loan.over_since()
    if happened_at is not None and over is not None and happened_at < over:
        return
    if loan.status not in statuses:
        wanted = " or ".join(sorted(statuses))
        raise Refused(Code.LOAN_NOT_OPEN, f"loan {name_of(own)!r} is {loan.status}; it would have to be {wanted}.")
