"""Decisions on released funds, fees, deposits and withdrawals."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from ledger.accounts import borrower, cash, escrow, fees, investor, issuer, move, outside
from ledger.candidate import Candidate
from ledger.decisions.base import Boundary, Outcome, absent, micros, need, need_all
from ledger.decisions.cash import follow
from ledger.events.funds import (
    DepositReceived,
    FeeCharged,
    FundsReleased,
    FundsReturned,
    WithdrawalPaid,
    WithdrawalRejected,
    WithdrawalRequested,
)
from ledger.events.naming import key, name_of
from ledger.kernel.refusals import Code, Refused
from ledger.states.base import State
from ledger.states.campaigns import Campaign
from ledger.states.funds import Deposit, Withdrawal
from ledger.states.loans import Loan


def released(candidate: Candidate, data: FundsReleased, boundary: Boundary) -> Outcome:
    """Never more than lies in escrow. Whether it should have been released yet is a question for rules, not here."""
    own = key("campaign", candidate.scope, data.campaign)
    campaign = need(boundary, Campaign, own)
    payee = campaign.issuer if data.to is UNSET else key("party", candidate.scope, data.to)
    need_all(boundary, payee)
    must_hold(campaign, own, data.amount)
    postings = move(escrow(own), issuer(payee), campaign.currency, data.amount)
    return Outcome({own: replace(campaign, released=campaign.released + data.amount)}, postings, (campaign.issuer,))


def returned(candidate: Candidate, data: FundsReturned, boundary: Boundary) -> Outcome:
    """Into the escrow that it came from, and never more than is out."""
    own = key("campaign", candidate.scope, data.campaign)
    campaign = need(boundary, Campaign, own)
    payer = campaign.issuer if data.payer is UNSET else key("party", candidate.scope, data.payer)
    need_all(boundary, payer)
    if data.amount > campaign.released:
        raise Refused(
            Code.RETURN_EXCEEDS_RELEASED,
            f"campaign {data.campaign!r} has {campaign.released} released and not returned, not {data.amount}.",
        )
    after = replace(campaign, released=campaign.released - data.amount, returned=campaign.returned + data.amount)
    postings = move(issuer(payer), escrow(own), campaign.currency, data.amount)
    return Outcome({own: after}, postings, (campaign.issuer,))


def charged(candidate: Candidate, data: FeeCharged, boundary: Boundary) -> Outcome:
    """An issuer pays out of escrow. A borrower, and investors, pay from outside: that always can be."""
    if data.loan is not UNSET:
        loan_key = key("loan", candidate.scope, data.loan)
        loan = need(boundary, Loan, loan_key)
        payer = borrower(loan.borrower) if data.payer == "borrower" else outside(loan_key)
        postings = move(payer, fees(candidate.scope), loan.currency, data.amount)
        return Outcome({}, postings, (loan.borrower,))
    assert data.campaign is not UNSET
    own = key("campaign", candidate.scope, data.campaign)
    campaign = need(boundary, Campaign, own)
    if data.payer == "investor":
        return Outcome({}, move(outside(own), fees(candidate.scope), campaign.currency, data.amount))
    must_hold(campaign, own, data.amount)
    postings = move(escrow(own), fees(candidate.scope), campaign.currency, data.amount)
    return Outcome({own: replace(campaign, fees=campaign.fees + data.amount)}, postings, (campaign.issuer,))


def must_hold(campaign: Campaign, own: str, amount: int) -> None:
    """Refuse what would leave less than nothing in escrow."""
    if amount > campaign.escrow:
        raise Refused(
            Code.ESCROW_INSUFFICIENT, f"campaign {name_of(own)!r} holds {campaign.escrow} in escrow, not {amount}."
        )


def deposited(candidate: Candidate, data: DepositReceived, boundary: Boundary) -> Outcome:
    """Money that waits on the platform for its owner's use."""
    own = absent(boundary, "deposit", candidate, data.deposit)
    party = key("party", candidate.scope, data.investor)
    need_all(boundary, party)
    postings = move(investor(party), cash(party), data.currency, data.amount)
    changes: dict[str, State] = {own: Deposit(party, data.amount, data.currency)}
    follow(postings, changes, boundary)
    return Outcome(changes, postings)


def requested(candidate: Candidate, data: WithdrawalRequested, boundary: Boundary) -> Outcome:
    """Anyone may ask; whether the money is there is looked at when it is paid."""
    own = absent(boundary, "withdrawal", candidate, data.withdrawal)
    party = key("party", candidate.scope, data.investor)
    need_all(boundary, party)
    return Outcome({own: Withdrawal(party, data.amount, data.currency, micros(candidate.happened_at))})


def paid(candidate: Candidate, data: WithdrawalPaid, boundary: Boundary) -> Outcome:
    """Once, and out of what is there."""
    own, withdrawal = _open_withdrawal(candidate, data.withdrawal, boundary)
    party = withdrawal.investor
    postings = move(cash(party), investor(party), withdrawal.currency, withdrawal.amount)
    changes: dict[str, State] = {own: replace(withdrawal, status="paid")}
    follow(postings, changes, boundary)
    return Outcome(changes, postings)


def rejected(candidate: Candidate, data: WithdrawalRejected, boundary: Boundary) -> Outcome:
    """The money stays where it is."""
    own, withdrawal = _open_withdrawal(candidate, data.withdrawal, boundary)
    return Outcome({own: replace(withdrawal, status="rejected")}, (), (withdrawal.investor,))


def _open_withdrawal(candidate: Candidate, name: str, boundary: Boundary) -> tuple[str, Withdrawal]:
    own = key("withdrawal", candidate.scope, name)
    withdrawal = need(boundary, Withdrawal, own)
    if withdrawal.status != "requested":
        raise Refused(Code.WITHDRAWAL_NOT_OPEN, f"withdrawal {name!r} is {withdrawal.status} already.")
    return own, withdrawal
