"""A loan as of two times: bids and standing from what was reported, principal from the recorded postings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, Final

from msgspec import UNSET

from ledger.accounts import claim, principal
from ledger.asof.facts import Fact
from ledger.decisions.parties import given
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
from ledger.events.naming import key
from ledger.states.loans import Agreed, Loan

OPENING: Final = LoanListed.TYPE


class _Fold:
    """One loan in the making."""

    def __init__(self, own: str) -> None:
        self.own = own
        self.account, self.claims = principal(own), claim(own, "")
        self.listing: Fact | None = None
        self.terms: dict[str, Any] = {}
        self.reached: set[str] = set()  # the statuses it came to
        self.placed_bids: dict[str, tuple[str, int]] = {}
        self.withdrawn_bids: set[str] = set()
        self.holders: defaultdict[str, int] = defaultdict(int)
        self.outstanding = 0
        self.lost = 0
        self.write_offs: list[int] = []
        self.agreed: list[Agreed] = []

    def take(self, fact: Fact) -> None:
        """One fact further."""
        returned = fact.moved(self.account)
        self.outstanding -= returned
        for account, _, amount in fact.postings:
            if account.startswith(self.claims):
                self.holders[key("party", fact.scope, account.removeprefix(self.claims))] += amount
        step = _STEPS.get(fact.type)
        if step is not None:
            step(self, fact, fact.data, returned)

    def listed(self, fact: Fact, data: LoanListed, _returned: int) -> None:
        self.listing = fact

    def placed(self, fact: Fact, data: BidPlaced, _returned: int) -> None:
        self.placed_bids[data.bid] = (key("party", fact.scope, data.investor), data.amount)

    def withdrawn(self, fact: Fact, data: BidWithdrawn, _returned: int) -> None:
        # By the times that were told it may have been withdrawn before it was placed.
        self.withdrawn_bids.add(data.bid)

    def ended_raising(self, fact: Fact, data: LoanDisbursed | LoanLapsed, _returned: int) -> None:
        self.reached.add(data.TYPE.partition(".")[2])
        self.terms["closed_at"] = fact.happened_at

    def restructured(self, fact: Fact, data: LoanRestructured, _returned: int) -> None:
        term = None if data.term_months is UNSET else data.term_months
        rate = None if data.annual_rate is UNSET else data.annual_rate
        self.agreed.append((fact.happened_at, term, rate))

    def defaulted(self, fact: Fact, data: LoanDefaulted, _returned: int) -> None:
        self.reached.add("defaulted")
        self.terms |= {"defaulted_at": fact.happened_at, "defaulted_amount": given(data.amount)}

    def written_off(self, fact: Fact, data: LoanWrittenOff, returned: int) -> None:
        self.lost += returned
        self.write_offs.append(fact.happened_at)
        if not self.outstanding:
            self.reached.add("written_off")

    def settled(self, fact: Fact, data: LoanSettled, returned: int) -> None:
        self.lost += returned
        self.reached.add("settled")
        self.terms["ended_at"] = fact.happened_at

    def repaid(self, fact: Fact, data: RepaymentReceived, returned: int) -> None:
        # What was repaid beyond the claims is a recovery of what had been given up.
        self.lost -= data.principal - returned

    def loan(self) -> Loan | None:
        """What it came to."""
        if self.listing is None:
            return None
        data = self.listing.data
        assert isinstance(data, LoanListed)
        bids = {name: bid for name, bid in self.placed_bids.items() if name not in self.withdrawn_bids}
        listed = Loan(
            borrower=key("party", self.listing.scope, data.borrower),
            amount=data.amount,
            currency=data.currency,
            annual_rate=data.annual_rate,
            term_months=data.term_months,
            repayment=data.repayment,
            jurisdiction=data.jurisdiction,
            listed_at=self.listing.happened_at,
            raise_until=self.listing.until(data.raise_until),
            status=next((status for status in _LAST_FIRST if status in self.reached), "listed"),
            funded=sum(amount for _, amount in bids.values()),
            bid_count=len(bids),
            bids=bids,
            holders={party: held for party, held in self.holders.items() if held},
            outstanding=self.outstanding,
            lost=self.lost,
            write_offs=tuple(self.write_offs),
            **self.terms,
        )
        return listed.agreeing((*listed.terms(), *self.agreed))


_LAST_FIRST: Final = ("settled", "lapsed", "written_off", "defaulted", "disbursed")
_STEPS: Final[dict[str, Callable[[_Fold, Fact, Any, int], None]]] = {
    LoanListed.TYPE: _Fold.listed,
    BidPlaced.TYPE: _Fold.placed,
    BidWithdrawn.TYPE: _Fold.withdrawn,
    LoanDisbursed.TYPE: _Fold.ended_raising,
    LoanLapsed.TYPE: _Fold.ended_raising,
    LoanRestructured.TYPE: _Fold.restructured,
    LoanDefaulted.TYPE: _Fold.defaulted,
    LoanWrittenOff.TYPE: _Fold.written_off,
    LoanSettled.TYPE: _Fold.settled,
    RepaymentReceived.TYPE: _Fold.repaid,
}
READ: Final = frozenset(_STEPS)
TYPES: Final = READ | {ClaimTransferred.TYPE}


def loan(own: str, facts: Iterable[Fact]) -> Loan | None:
    """Fold the facts of one loan (its key is `own`), in order of valid time; None where none of them lists it."""
    fold = _Fold(own)
    for fact in facts:
        fold.take(fact)
    return fold.loan()
