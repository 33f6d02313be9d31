"""How the effect of loan events on states is taken back: see `reversals.py` for the others."""

from __future__ import annotations

from msgspec.structs import replace

from ledger.accounts import claim
from ledger.decisions.bids import must_have_room, without_bid
from ledger.decisions.cash import owe
from ledger.decisions.claims import handed_over
from ledger.decisions.loans import RUNNING, agreement
from ledger.decisions.resting import resting, standing
from ledger.decisions.undo import Undo
from ledger.events.bids import BidPlaced, BidWithdrawn
from ledger.events.claims import ClaimTransferred
from ledger.events.loans import (
    LoanDefaulted,
    LoanDisbursed,
    LoanLapsed,
    LoanListed,
    LoanRestructured,
    LoanSettled,
    LoanWrittenOff,
    RepaymentReceived,
)
from ledger.states.loans import Bid, Loan, Repayment


def listed(undo: Undo, data: LoanListed) -> None:
    """Only before anybody bid."""
    own, loan = _loan(undo, data.loan)
    undo.must(loan.status == "listed" and not loan.bids, f"the loan is {loan.status} or has bids")
    undo.must_be_bare(own)
    _owe(undo, loan, -loan.amount)
    undo.remove("loan", data.loan)


def placed(undo: Undo, data: BidPlaced) -> None:
    """The bid was never made; the loan has room again."""
    bid = undo.state(Bid, undo.key("bid", data.bid))
    loan = undo.state(Loan, bid.loan)
    undo.must(bid.status == "placed" and loan.status == "listed", f"the bid is {bid.status}, its loan {loan.status}")
    undo.put(bid.loan, without_bid(loan, data.bid, bid.amount))
    undo.remove("bid", data.bid)


def withdrawn(undo: Undo, data: BidWithdrawn) -> None:
    """The bid stands again, where the loan still has room for it."""
    own = undo.key("bid", data.bid)
    bid = undo.state(Bid, own)
    loan = undo.state(Loan, bid.loan)
    undo.must(bid.status == "withdrawn" and loan.status == "listed", f"the loan is {loan.status}")
    must_have_room(loan, bid.loan, bid.amount)
    after = replace(
        loan,
        funded=loan.funded + bid.amount,
        bid_count=loan.bid_count + 1,
        bids={**loan.bids, data.bid: (bid.investor, bid.amount)},
    )
    undo.put(bid.loan, after)
    undo.put(own, replace(bid, status="placed"))


def disbursed(undo: Undo, data: LoanDisbursed) -> None:
    """The loan takes bids again, and has those it had: only while nothing was built on it."""
    own, loan = _loan(undo, data.loan)
    undo.must(loan.status == "disbursed", f"the loan is {loan.status}")
    undo.must(not resting(undo.recorded, [own], undo.boundary, ()), "the loan has moved on since")
    undo.boundary.prefetch(loan.holders)
    undo.put(own, replace(loan, status="listed", closed_at=None, holders={}, outstanding=0, bids=_bids(undo, own)))


def _bids(undo: Undo, own: str) -> dict[str, tuple[str, int]]:
    """The bids that became claims. The log has them; a state with all of them would be written with every payment."""
    bids: dict[str, tuple[str, int]] = {}
    for each in standing(undo.boundary, own, 0):
        if isinstance(each.data, BidPlaced):
            bids[each.data.bid] = undo.key("party", each.data.investor), each.data.amount
        elif isinstance(each.data, BidWithdrawn):
            bids.pop(each.data.bid, None)
    return bids


def lapsed(undo: Undo, data: LoanLapsed) -> None:
    """The loan takes bids again, and has those it had."""
    own, loan = _loan(undo, data.loan)
    undo.must(loan.status == "lapsed", f"the loan is {loan.status}")
    _owe(undo, loan, loan.amount)
    undo.put(own, replace(loan, status="listed", closed_at=None))


def defaulted(undo: Undo, data: LoanDefaulted) -> None:
    """The loan runs as before."""
    own, loan = _loan(undo, data.loan)
    undo.must(loan.status == "defaulted", f"the loan is {loan.status}")
    undo.put(own, replace(loan, status="disbursed", defaulted_at=None, defaulted_amount=None))


def restructured(undo: Undo, data: LoanRestructured) -> None:
    """The terms before it, or those that another restructuring agreed, count again."""
    own, loan = _loan(undo, data.loan)
    undo.must(loan.status in RUNNING, f"the loan is {loan.status}")
    agreed = list(loan.terms())
    this = agreement(undo.recorded.happened_at, data)
    undo.must(this in agreed[1:], "the restructuring is not on record")
    # The last of equal ones; the first entry is the listing.
    del agreed[len(agreed) - 1 - agreed[::-1].index(this)]
    undo.put(own, loan.agreeing(tuple(agreed)))


def received(undo: Undo, data: RepaymentReceived) -> None:
    """The holders have their claims again, or the loss they had borne; the turned entry takes back their cash."""
    own, loan = _loan(undo, data.loan)
    returned = _claims_of(undo, own)
    undo.must(loan.status in (RUNNING if returned else RUNNING | {"written_off"}), f"the loan is {loan.status}")
    _owe(undo, loan, data.principal)
    recovered = undo.state(Repayment, undo.key("repayment", data.repayment)).recovered
    losers = {party: loan.losers.get(party, 0) + recovered.get(party, 0) for party in (*loan.losers, *recovered)}
    lost = loan.lost + sum(recovered.values())
    undo.put(own, replace(_with_claims(loan, returned), lost=lost, losers=losers))
    undo.remove("repayment", data.repayment)


def given_up(undo: Undo, data: LoanWrittenOff | LoanSettled) -> None:
    """The holders have their claims again, unless part of the loss was recovered since."""
    own, loan = _loan(undo, data.loan)
    returned = _claims_of(undo, own)
    amount, settled = sum(returned.values()), isinstance(data, LoanSettled)
    undo.must((loan.status == "settled") == settled, f"the loan is {loan.status}")
    losers = {party: loss - returned.get(party, 0) for party, loss in loan.losers.items()}
    told_since = settled and resting(undo.recorded, (own,), undo.boundary, {"loan.written_off"})
    undo.must(not told_since, "a write-off was told since, which moved nothing as the settlement had given it up")
    recovered = loan.lost < amount or any(loan.losers.get(party, 0) < share for party, share in returned.items())
    undo.must(not recovered, "part of it was recovered since")
    if settled:
        _owe(undo, loan, loan.outstanding + loan.lost)
    after = replace(
        _with_claims(loan, returned),
        lost=loan.lost - amount,
        losers={party: loss for party, loss in losers.items() if loss > 0},
        ended_at=None,
        write_offs=loan.write_offs if settled else _without(loan.write_offs, undo.happened_at),
    )
    status = (
        "written_off" if after.lost and not after.outstanding else "defaulted" if loan.defaulted_at else "disbursed"
    )
    undo.put(own, replace(after, status=status))


def claim_transferred(undo: Undo, data: ClaimTransferred) -> None:
    """The claim goes back, where the buyer still holds it; the turned entry gives back the price, or is refused."""
    own, loan = _loan(undo, data.loan)
    buyer, seller = undo.key("party", data.buyer), undo.key("party", data.seller)
    undo.put(own, handed_over(loan, own, buyer, seller, data.principal))


def _loan(undo: Undo, name: str) -> tuple[str, Loan]:
    own = undo.key("loan", name)
    loan = undo.state(Loan, own)
    undo.boundary.get(loan.borrower)  # read, so that the correction is tagged with the borrower
    return own, loan


def _without(times: tuple[int, ...], time: int) -> tuple[int, ...]:
    """Without one of them."""
    index = times.index(time) if time in times else len(times)
    return times[:index] + times[index + 1 :]


def _owe(undo: Undo, loan: Loan, amount: int) -> None:
    if amount:
        owe(loan.borrower, loan.currency, amount, undo.changes, undo.boundary)


def _claims_of(undo: Undo, own: str) -> dict[str, int]:
    """By how much each holder's claim went down with the corrected event, from its entry."""
    start = claim(own, "")
    return {
        undo.key("party", line.account.removeprefix(start)): -line.amount
        for line in undo.recorded.postings
        if line.account.startswith(start)
    }


def _with_claims(loan: Loan, returned: dict[str, int]) -> Loan:
    holders = dict(loan.holders)
    for party, share in returned.items():
        holders[party] = holders.get(party, 0) + share
    return replace(
        loan,
        holders=holders,
        outstanding=loan.outstanding + sum(returned.values()),
        last_holders={} if holders else loan.last_holders,
    )
