"""State of a deposit and of a withdrawal."""

from __future__ import annotations

from ledger.states.base import State


class Deposit(State, frozen=True):
    """Money that came in; `amount` in minor units of `currency`."""

    investor: str  # key
    amount: int
    currency: str

    def related(self) -> tuple[str, ...]:
        """A correction takes it back from the investor's cash."""
        return (self.investor,)


class Withdrawal(State, frozen=True):
    """Money asked for; `amount` in minor units of `currency`."""

    investor: str  # key
    amount: int
    currency: str
    requested_at: int
    status: str = "requested"  # requested, paid, rejected

    def related(self) -> tuple[str, ...]:
        """It is paid out of the investor's cash."""
        return (self.investor,)
