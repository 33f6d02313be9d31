"""Limits in enforce mode: asked last, of an event that could be recorded otherwise.

Elsewhere a breach is recorded and found by the risk monitor: facts are not refused because they should not have been.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from ledger.candidate import Candidate
from ledger.decisions.base import Outcome, offset_of
from ledger.events.loans import LoanListed
from ledger.events.naming import key, name_of
from ledger.kernel.refusals import Code, Refused
from ledger.rulebook.checks import hold
from ledger.rulebook.enforcement import Enforcement
from ledger.rulebook.loading import citation
from ledger.states.parties import Party


def must_keep(candidate: Candidate, outcome: Outcome, enforcement: Enforcement) -> None:
    """Refuse what would break a limit that the platform asked to have enforced."""
    check = _CHECKS.get(candidate.type)
    if check is not None:
        check(candidate, candidate.data, outcome, enforcement)


def _day(candidate: Candidate) -> date:
    return candidate.happened_at.astimezone(offset_of(candidate)).date()


def _borrowing(candidate: Candidate, data: LoanListed, outcome: Outcome, enforcement: Enforcement) -> None:
    """What one borrower owes on the platform, the new loan included."""
    own = key("party", candidate.scope, data.borrower)
    borrower = outcome.changes[own]
    assert isinstance(borrower, Party)
    owed = borrower.owed.get(data.currency, 0)
    for stated, cap in enforcement.limits(candidate.scope, data.jurisdiction, "lending", _day(candidate)):
        # One platform's boundary can't see the others: caps over all platforms are for eligibility and rules.
        if (cap.measure, cap.scope, cap.party) != ("outstanding", "platform", borrower.kind):
            continue
        if cap.currency == data.currency and (answer := hold(cap, owed, 0)).outcome == "breach":
            raise Refused(
                Code.LIMIT_EXCEEDED,
                f"{cap.id}: party {name_of(own)!r} would owe {owed} {cap.currency} on this platform, "
                f"{cap.bound} {answer.limit.amount} is allowed ({citation(stated)}).",
            )


_CHECKS: dict[str, Callable[[Candidate, Any, Outcome, Enforcement], None]] = {"loan.listed": _borrowing}
