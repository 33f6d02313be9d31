"""State of a loan and of a bid."""

from __future__ import annotations

from msgspec import field
from msgspec.structs import replace

from ledger.states.base import State

# When, the term in months, the yearly rate; None: as before.
Agreed = tuple[int, int | None, str | None]


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
    bids: dict[str, tuple[str, int]] = field(default_factory=dict)  # id -> (party key, amount), until it is disbursed
    holders: dict[str, int] = field(default_factory=dict)  # party key -> principal; sums to `outstanding`
    outstanding: int = 0
    lost: int = 0  # written off or given up, not recovered since
    losers: dict[str, int] = field(default_factory=dict)  # who bears it: recoveries are shared by these; sums to `lost`
    last_holders: dict[str, int] = field(
        default_factory=dict
    )  # before the last principal went: late interest is theirs
    defaulted_at: int | None = None
    ended_at: int | None = None  # when it was settled
    defaulted_amount: int | None = None  # in arrears by the platform's own count
    write_offs: tuple[int, ...] = ()  # when, in order of valid time
    # What was listed, then restructurings in order of valid time: (when, term, rate). Empty without a restructuring.
    agreed: tuple[Agreed, ...] = ()

    def over_since(self) -> int | None:
        """When a loan that is settled or written off ended; None for one that runs."""
        if self.status == "settled":
            return self.ended_at
        return self.write_offs[-1] if self.status == "written_off" and self.write_offs else None

    def agreeing(self, agreed: tuple[Agreed, ...]) -> Loan:
        """The loan by these terms: the latest of each that was agreed, whatever the order of telling."""
        begun, *changes = agreed
        changes.sort(key=lambda each: (each[0], each[1] or 0, each[2] or ""))
        term, rate = begun[1], begun[2]
        for _, new_term, new_rate in changes:
            term, rate = new_term or term, new_rate or rate
        assert term is not None, "a listing has a term"
        assert rate is not None, "a listing has a rate"
        return replace(self, term_months=term, annual_rate=rate, agreed=(begun, *changes) if changes else ())

    def terms(self) -> tuple[Agreed, ...]:
        """What was agreed so far, beginning with the listing."""
        return self.agreed or ((self.listed_at, self.term_months, self.annual_rate),)

    def related(self) -> tuple[str, ...]:
        """Repayments move the borrower's debt and the cash of whoever holds the claim."""
        return (self.borrower, *(self.holders or self.losers or self.last_holders))


class Repayment(State, frozen=True):
    """A payment: when it happened, and who got how much of it for a loss she had borne."""

    at: int = 0  # Unix microseconds
    recovered: dict[str, int] = field(default_factory=dict)  # party key -> minor units


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
