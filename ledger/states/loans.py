"""State of a loan and of a bid."""

from __future__ import annotations

from msgspec import field

from ledger.states.base import State


class Loan(State, frozen=True):
    """Money figures are minor units of `currency`; times are Unix microseconds, UTC."""

    borrower: str  # key of the party
    amount: int
    currency: str
    annual_rate: str
    term_months: int
    repayment: str
    jurisdiction: str
    listed_at: int
    raise_until: int
    status: str = "listed"  # listed, lapsed, disbursed, defaulted, written_off, settled
    closed_at: int | None = None  # when it was disbursed or lapsed: it took no more bids
    funded: int = 0
    bid_count: int = 0
    bids: dict[str, tuple[str, int]] = field(default_factory=dict)  # id -> (party key, amount), until the first payment
    holders: dict[str, int] = field(default_factory=dict)  # party key -> principal; sums to `outstanding`
    outstanding: int = 0
    lost: int = 0  # written off or given up, not recovered since
    losers: dict[str, int] = field(default_factory=dict)  # who bore it: recoveries are shared by these
    last_holders: dict[str, int] = field(
        default_factory=dict
    )  # before the last principal went: late interest is theirs
    defaulted_at: int | None = None
    ended_at: int | None = None  # when it was settled

    def related(self) -> tuple[str, ...]:
        """Repayments move the borrower's debt and the cash of whoever holds the claim."""
        return (self.borrower, *(self.holders or self.losers or self.last_holders))


class Bid(State, frozen=True):
    """A bid; `amount` in minor units of the loan's currency."""

    loan: str  # key
    investor: str  # key
    amount: int
    placed_at: int
    status: str = "placed"  # placed, withdrawn; what became of it after that is the loan's status

    def related(self) -> tuple[str, ...]:
        """A bid moves its loan's figures."""
        return (self.loan,)
