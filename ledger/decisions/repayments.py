"""Decisions on money that comes back from a loan, or does not: repaid, written off, settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from msgspec import UNSET
from msgspec.structs import replace

from ledger.accounts import Posting, borrower, cash, claim, entry, fees, principal
from ledger.candidate import Candidate
from ledger.decisions.base import Boundary, Outcome, absent, micros, need, need_all
from ledger.decisions.cash import follow, owe
from ledger.decisions.loans import RUNNING, must_be
from ledger.events.loans import LoanSettled, LoanWrittenOff, RepaymentReceived
from ledger.events.naming import key, name_of
from ledger.kernel.money import largest_remainder
from ledger.kernel.refusals import Code, Refused
from ledger.states.base import Known, State
from ledger.states.loans import Loan

_WITH_CLAIMS = RUNNING | {"written_off"}


def received(candidate: Candidate, data: RepaymentReceived, boundary: Boundary) -> Outcome:
    """What the borrower pays goes to the holders by their part; what was written off can still be recovered."""
    own = absent(boundary, "repayment", candidate, data.repayment)
    loan_key = key("loan", candidate.scope, data.loan)
    named = () if data.payer is UNSET else (key("party", candidate.scope, data.payer),)
    need_all(boundary, loan_key, *named)
    loan = need(boundary, Loan, loan_key)
    _must_take_payments(loan, loan_key, micros(candidate.happened_at))
    recovered = data.principal - min(data.principal, loan.outstanding)
    if recovered > loan.lost:
        raise Refused(
            Code.REPAYMENT_EXCEEDS_DUE,
            f"loan {data.loan!r} owes {loan.outstanding + loan.lost} of principal, not {data.principal}.",
        )
    shares = _shares(loan, data, recovered)
    boundary.prefetch(shares.received)
    payer = named[0] if named else loan.borrower
    postings = _postings(loan, loan_key, data, shares, payer)
    changes: dict[str, State] = {own: Known(micros(candidate.happened_at))}
    changes[loan_key] = replace(reduced(loan, shares.returned), lost=loan.lost - recovered)
    if data.principal:
        owe(loan.borrower, loan.currency, -data.principal, changes, boundary)
    follow(postings, changes, boundary)
    return Outcome(changes, postings, (loan.borrower,))


class _Shares:
    """Who gets what of one repayment: `received` in cash, `returned` of the claim."""

    def __init__(self) -> None:
        self.received: defaultdict[str, int] = defaultdict(int)
        self.returned: dict[str, int] = {}

    def add(self, amount: int, weights: Mapping[str, int]) -> dict[str, int]:
        shares = largest_remainder(amount, weights)
        for party, share in shares.items():
            self.received[party] += share
        return shares


def _shares(loan: Loan, data: RepaymentReceived, recovered: int) -> _Shares:
    # Each part is shared by itself, so that a holder can follow her principal and her interest apart.
    shares = _Shares()
    if data.principal > recovered:
        shares.returned = shares.add(data.principal - recovered, loan.holders)
    if recovered:
        shares.add(recovered, loan.losers)
    for part in (data.interest, data.penalty or 0):
        if part:
            shares.add(part, loan.holders or (loan.losers if loan.lost else loan.last_holders) or loan.losers)
    return shares


def _postings(loan: Loan, own: str, data: RepaymentReceived, shares: _Shares, payer: str) -> tuple[Posting, ...]:
    scope, currency, fee = own.partition(":")[2].partition("/")[0], loan.currency, data.fee or 0
    lines = [Posting(cash(party), currency, share) for party, share in shares.received.items()]
    lines.append(Posting(fees(scope), currency, fee))
    lines.append(Posting(borrower(payer), currency, -sum(shares.received.values()) - fee))
    return entry(*lines, *_claims_down(own, currency, shares.returned))


def _claims_down(own: str, currency: str, returned: Mapping[str, int]) -> list[Posting]:
    lines = [Posting(claim(own, party), currency, -share) for party, share in returned.items()]
    lines.append(Posting(principal(own), currency, sum(returned.values())))
    return lines


def reduced(loan: Loan, returned: Mapping[str, int]) -> Loan:
    """The loan after claims went down by these shares; who held the last of them is kept for late interest.

    The bids are not needed any more: from the first payment on, the disbursement stands.
    """
    if not returned:
        return loan
    left = {party: held - returned.get(party, 0) for party, held in loan.holders.items()}
    holders = {party: held for party, held in left.items() if held}
    return replace(
        loan,
        holders=holders,
        outstanding=loan.outstanding - sum(returned.values()),
        bids={},
        last_holders=loan.last_holders if holders else loan.holders,
    )


def _must_take_payments(loan: Loan, own: str, happened_at: int) -> None:
    # A payment from before the settlement may be reported after it: then it takes back what was given up.
    if loan.status == "settled" and loan.ended_at is not None and happened_at < loan.ended_at:
        return
    must_be(_WITH_CLAIMS, loan, own)


def written_off(candidate: Candidate, data: LoanWrittenOff, boundary: Boundary) -> Outcome:
    """The holders bear the loss by their part. The borrower still owes it: what comes later is a recovery."""
    own = key("loan", candidate.scope, data.loan)
    loan = need(boundary, Loan, own)
    must_be(_WITH_CLAIMS, loan, own)
    amount = loan.outstanding if data.amount is UNSET else data.amount
    if not 0 < amount <= loan.outstanding:
        raise Refused(
            Code.REPAYMENT_EXCEEDS_DUE,
            f"loan {name_of(own)!r} has {loan.outstanding} outstanding, not {amount} to be written off.",
        )
    after, postings = _give_up(loan, own, amount)
    if not after.outstanding:
        after = replace(after, status="written_off")
    return Outcome({own: after}, postings, (loan.borrower, *loan.holders))


def settled(candidate: Candidate, data: LoanSettled, boundary: Boundary) -> Outcome:
    """The end. What is outstanding still is given up, and the borrower owes nothing of this loan any more."""
    own = key("loan", candidate.scope, data.loan)
    loan = need(boundary, Loan, own)
    must_be(_WITH_CLAIMS, loan, own)
    changes: dict[str, State] = {}
    owe(loan.borrower, loan.currency, -loan.outstanding - loan.lost, changes, boundary)
    after, postings = _give_up(loan, own, loan.outstanding)
    changes[own] = replace(after, status="settled", ended_at=micros(candidate.happened_at))
    return Outcome(changes, postings, tuple(loan.holders))


def _give_up(loan: Loan, own: str, amount: int) -> tuple[Loan, tuple[Posting, ...]]:
    if not amount:
        return loan, ()
    shares = largest_remainder(amount, loan.holders)
    losers = dict(loan.losers)
    for party, share in shares.items():
        losers[party] = losers.get(party, 0) + share
    after = replace(reduced(loan, shares), lost=loan.lost + amount, losers={k: v for k, v in losers.items() if v})
    return after, entry(*_claims_down(own, loan.currency, shares))
