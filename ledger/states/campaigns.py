"""State of a campaign and of a pledge."""

from __future__ import annotations

from msgspec import field

from ledger.states.base import State


class Campaign(State, frozen=True):
    """Money figures are minor units of `currency`; times are Unix microseconds, UTC."""

    kind: str
    issuer: str  # key of the party
    currency: str
    goal: int
    cap: int | None
    minimum: int
    funding: str
    jurisdiction: str
    opened_at: int
    deadline: int
    status: str = "open"  # open, succeeded, failed, cancelled
    closed_at: int | None = None
    pledged: int = 0  # sum of pledges that are not cancelled
    collected: int = 0
    refunded: int = 0
    released: int = 0
    fees: int = 0  # charged to the issuer, taken from escrow
    pledges: int = 0
    deliveries: tuple[tuple[int, str], ...] = ()  # (when, share so far), in order of valid time
    amended: dict[str, int] = field(default_factory=dict)  # field -> when its value was agreed

    @property
    def escrow(self) -> int:
        """What is collected and neither refunded, released nor taken as a fee."""
        return self.collected - self.refunded - self.released - self.fees

    @property
    def delivered(self) -> str:
        """The share of rewards or securities delivered so far."""
        return self.deliveries[-1][1] if self.deliveries else "0"


class Pledge(State, frozen=True):
    """A pledge; `amount` in minor units of `currency`."""

    campaign: str  # key
    investor: str  # key
    amount: int
    currency: str
    made_at: int
    status: str = "pledged"  # pledged, collected, cancelled, refunded
    refunded: int = 0

    def related(self) -> tuple[str, ...]:
        """A pledge moves its campaign's figures."""
        return (self.campaign,)
