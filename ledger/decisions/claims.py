"""Decisions on claims: sold from one holder to another."""

from __future__ import annotations

from msgspec.structs import replace

from ledger.accounts import Posting, cash, claim, entry
from ledger.candidate import Candidate
from ledger.decisions.base import Boundary, Outcome, need, need_all
from ledger.decisions.cash import follow, party_after, pay, with_figure
from ledger.decisions.loans import RUNNING, must_be
from ledger.events.claims import ClaimTransferred, price_in_minor_units
from ledger.events.naming import key, name_of
from ledger.kernel.refusals import Code, Refused
from ledger.states.base import State
from ledger.states.loans import Loan


def transferred(candidate: Candidate, data: ClaimTransferred, boundary: Boundary) -> Outcome:
    """Nobody sells more than she holds. The price goes to the seller's waiting money."""
    own = key("loan", candidate.scope, data.loan)
    seller, buyer = (key("party", candidate.scope, name) for name in (data.seller, data.buyer))
    need_all(boundary, own, seller, buyer)
    loan = need(boundary, Loan, own)
    must_be(RUNNING | {"written_off"}, loan, own)
    changes: dict[str, State] = {own: handed_over(loan, own, seller, buyer, data.principal)}
    price = price_in_minor_units(data.principal, data.price)
    postings = entry(
        Posting(claim(own, seller), loan.currency, -data.principal),
        Posting(claim(own, buyer), loan.currency, data.principal),
        *pay(party_after(buyer, changes, boundary), buyer, loan.currency, price),
        Posting(cash(seller), loan.currency, price),
    )
    follow(postings, changes, boundary)
    return Outcome(changes, postings, (loan.borrower,))


def handed_over(loan: Loan, own: str, seller: str, buyer: str, amount: int) -> Loan:
    """The loan after a part of the claim changed hands; refused where the seller doesn't hold it."""
    held = loan.holders.get(seller, 0)
    if amount > held:
        raise Refused(
            Code.CLAIM_NOT_HELD, f"party {name_of(seller)!r} holds {held} of loan {name_of(own)!r}, not {amount}."
        )
    left = with_figure(loan.holders, seller, held - amount)
    return replace(loan, holders=with_figure(left, buyer, left.get(buyer, 0) + amount))
