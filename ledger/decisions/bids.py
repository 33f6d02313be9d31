"""Decisions on bids: placed, withdrawn."""

from __future__ import annotations

from msgspec.structs import replace

from ledger.candidate import Candidate
from ledger.decisions.base import Boundary, Outcome, absent, absent_of, look, micros, need
from ledger.decisions.platforms import may_take_business
from ledger.events.bids import BidPlaced, BidWithdrawn
from ledger.events.naming import key, name_of
from ledger.kernel.refusals import Code, Missing, Refused
from ledger.states.loans import Bid, Loan
from ledger.states.registry import is_absent


def placed(candidate: Candidate, data: BidPlaced, boundary: Boundary) -> Outcome:
    """A bid counts where the loan was listed at that moment and still had room."""
    may_take_business(candidate, "lending", boundary)
    own = absent(boundary, "bid", candidate, data.bid)
    loan_key = key("loan", candidate.scope, data.loan)
    investor = key("party", candidate.scope, data.investor)
    loan = look(boundary, Loan, loan_key)
    if loan is None or is_absent(boundary.get(investor)):
        raise Missing(*absent_of(boundary, loan_key, investor))
    happened_at = micros(candidate.happened_at)
    if happened_at > loan.raise_until:
        raise Refused(Code.AFTER_DEADLINE, f"loan {data.loan!r} took no bids any more: its time to raise had passed.")
    if loan.closed_at is not None and happened_at >= loan.closed_at:
        raise Refused(Code.LOAN_NOT_OPEN, f"loan {data.loan!r} was not listed any more by then, it is {loan.status}.")
    must_have_room(loan, loan_key, data.amount)
    after = replace(
        loan,
        funded=loan.funded + data.amount,
        bid_count=loan.bid_count + 1,
        bids={**loan.bids, data.bid: (investor, data.amount)},
    )
    return Outcome({own: Bid(loan_key, investor, data.amount, happened_at), loan_key: after}, (), (loan.borrower,))


def must_have_room(loan: Loan, own: str, amount: int) -> None:
    """Refuse what would bring a loan more than it asked for."""
    if loan.funded + amount > loan.amount:
        raise Refused(
            Code.OVERFUNDED, f"loan {name_of(own)!r} needs {loan.amount - loan.funded} more, the bid is {amount}."
        )


def withdrawn(candidate: Candidate, data: BidWithdrawn, boundary: Boundary) -> Outcome:
    """A bid can be taken back while its loan is listed; told after the loan lapsed, it was in time where it was."""
    own = key("bid", candidate.scope, data.bid)
    bid = need(boundary, Bid, own)
    loan = need(boundary, Loan, bid.loan)
    if bid.status != "placed":
        raise Refused(Code.BID_NOT_OPEN, f"bid {data.bid!r} is {bid.status} already.")
    lapsed_since = loan.status == "lapsed" and loan.closed_at is not None
    if loan.status != "listed" and not (lapsed_since and micros(candidate.happened_at) < (loan.closed_at or 0)):
        raise Refused(Code.BID_NOT_OPEN, f"bid {data.bid!r} is bound: its loan is {loan.status}.")
    changes = {own: replace(bid, status="withdrawn"), bid.loan: without_bid(loan, data.bid, bid.amount)}
    return Outcome(changes, (), (bid.investor, loan.borrower))


def without_bid(loan: Loan, name: str, amount: int) -> Loan:
    """The loan as if the bid had not been placed."""
    bids = {each: bid for each, bid in loan.bids.items() if each != name}
    return replace(loan, funded=loan.funded - amount, bid_count=loan.bid_count - 1, bids=bids)
