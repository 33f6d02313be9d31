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
from ledger.states.base import State
from ledger.states.loans import Loan, Repayment

_WITH_CLAIMS = RUNNING | {"written_off"}


def received(candidate: Candidate, data: RepaymentReceived, boundary: Boundary) -> Outcome:
    """What the borrower pays goes to the holders by their part; what was written off can still be recovered."""
    own = absent(boundary, "repayment", candidate, data.repayment)
    loan_key = key("loan", candidate.scope, data.loan)
    named = () if data.payer is UNSET else (key("party", candidate.scope, data.payer),)
    need_all(boundary, loan_key, *named)
    loan = need(boundary, Loan, loan_key)
    # A payment from before the settlement may be reported after it: then it takes back what was given up.
    must_be(_WITH_CLAIMS, loan, loan_key, micros(candidate.happened_at))
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
    happened_at = micros(candidate.happened_at)
    changes: dict[str, State] = {own: Repayment(happened_at, shares.recovered)}
    changes[loan_key] = _paid(loan, shares, happened_at)
    # Of a loan that was settled nothing is owed any more, whatever is told late of it.
    if data.principal and loan.status != "settled":
        owe(loan.borrower, loan.currency, -data.principal, changes, boundary)
    follow(postings, changes, boundary)
    return Outcome(changes, postings, (loan.borrower,))


def _paid(loan: Loan, shares: _Shares, happened_at: int) -> Loan:
    left = {party: loss - shares.recovered.get(party, 0) for party, loss in loan.losers.items()}
    after = replace(
        reduced(loan, shares.returned),
        lost=loan.lost - sum(shares.recovered.values()),
        losers={party: loss for party, loss in left.items() if loss},
    )
    # Told in order, a write-off that came after this payment would have left nothing: it ended the loan.
    if shares.returned and not after.outstanding and loan.write_offs and happened_at < loan.write_offs[-1]:
        return replace(after, status="settled" if loan.status == "settled" else "written_off")
    return after


class _Shares:
    """Who gets what of one repayment: `received` in cash; of it `returned` of the claim, `recovered` of the loss."""

    def __init__(self) -> None:
        self.received: defaultdict[str, int] = defaultdict(int)
        self.returned: dict[str, int] = {}
        self.recovered: dict[str, int] = {}

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
        # By what each has still not got back, so that nobody ever recovers more than she lost.
        shares.recovered = {party: part for party, part in shares.add(recovered, loan.losers).items() if part}
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
    """The loan after claims went down by these shares; who held the last of them is kept for late interest."""
    if not returned:
        return loan
    left = {party: held - returned.get(party, 0) for party, held in loan.holders.items()}
    holders = {party: held for party, held in left.items() if held}
    return replace(
        loan,
        holders=holders,
        outstanding=loan.outstanding - sum(returned.values()),
        last_holders=loan.last_holders if holders else loan.holders,
    )


def written_off(candidate: Candidate, data: LoanWrittenOff, boundary: Boundary) -> Outcome:
    """The holders bear the loss by their part. The borrower still owes it: what comes later is a recovery.

    Told after the settlement that gave up the rest, it moves nothing more: the loss is booked already.
    """
    own = key("loan", candidate.scope, data.loan)
    loan = need(boundary, Loan, own)
    happened_at = micros(candidate.happened_at)
    must_be(_WITH_CLAIMS, loan, own, happened_at if loan.status == "settled" else None)
    write_offs = tuple(sorted((*loan.write_offs, happened_at)))
    booked = loan.lost if loan.status == "settled" else 0
    amount = loan.outstanding if data.amount is UNSET else data.amount
    if booked and amount <= booked:
        return Outcome({own: replace(loan, write_offs=write_offs)}, (), (loan.borrower, *loan.losers))
    if not 0 < amount <= loan.outstanding:
        raise Refused(
            Code.REPAYMENT_EXCEEDS_DUE,
            f"loan {name_of(own)!r} has {loan.outstanding} outstanding, not {amount} to be written off.",
        )
    after, postings = _give_up(loan, own, amount)
    after = replace(after, status=loan.status if after.outstanding else "written_off", write_offs=write_offs)
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
