"""State of a campaign and of a pledge."""

from __future__ import annotations

from msgspec import field
from msgspec.structs import replace

from ledger.states.base import State

# When, goal, cap, deadline (None: as before), and whether it was material.
Agreed = tuple[int, int | None, int | None, int | None, bool]


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
    pledged: int = 0  # sum of pledges that are open or were collected
    collected: int = 0
    refunded: int = 0
    released: int = 0  # what came back of it is taken off
    fees: int = 0  # charged to the issuer, taken from escrow
    pledges: int = 0  # how many are open or were collected
    deliveries: tuple[tuple[int, str], ...] = ()  # (when, share so far), in order of valid time
    amended: dict[str, int] = field(default_factory=dict)  # field -> when its value was agreed
    voided: int = 0  # promises that ended with the campaign
    lapsed: int = 0  # promises that were not reconfirmed in time
    due: int = 0  # collected for promises that have ended, not refunded yet
    at_close: int = 0  # what stood when it was closed
    material: tuple[int, ...] = ()  # when terms changed so that investors were asked to confirm again, ascending
    lapses: tuple[tuple[int, int], ...] = ()  # (material change, end of its window): recorded as lapsed, ascending
    returned: int = 0  # came back into escrow after it had been released
    # What was agreed at the opening, then amendments in order of valid time. Empty without an amendment.
    agreed: tuple[Agreed, ...] = ()

    def terms(self) -> tuple[Agreed, ...]:
        """What was agreed so far, beginning with the opening."""
        return self.agreed or ((self.opened_at, self.goal, self.cap, self.deadline, False),)

    def agreeing(self, agreed: tuple[Agreed, ...]) -> Campaign:
        """The campaign by these terms: of each the latest by valid time; of equals the one that was told last."""
        begun, *changes = agreed
        changes.sort(key=lambda each: each[0])
        goal, cap, deadline = begun[1:4]
        since: dict[str, int] = {}
        for at, new_goal, new_cap, new_deadline, _ in changes:
            fresh = {"goal": new_goal, "cap": new_cap, "deadline": new_deadline}
            since |= {name: at for name, value in fresh.items() if value is not None}
            goal, cap = goal if new_goal is None else new_goal, cap if new_cap is None else new_cap
            deadline = deadline if new_deadline is None else new_deadline
        assert goal is not None, "an opening has a goal"
        assert deadline is not None, "an opening has a deadline"
        return replace(
            self,
            goal=goal,
            cap=cap,
            deadline=deadline,
            amended=since,
            material=tuple(sorted({at for at, *_, material in changes if material})),
            agreed=(begun, *changes) if changes else (),
        )

    @property
    def escrow(self) -> int:
        """What is collected and neither refunded, released nor taken as a fee."""
        return self.collected - self.refunded - self.released - self.fees

    @property
    def below_goal(self) -> bool:
        """Whether an all-or-nothing campaign was closed as a success without its goal: recorded, and wrong."""
        return self.funding == "all_or_nothing" and self.status == "succeeded" and self.at_close < self.goal

    @property
    def delivered(self) -> str:
        """The share of rewards or securities delivered so far."""
        return self.deliveries[-1][1] if self.deliveries else "0"


class Pledge(State, frozen=True):
    """A pledge; `amount` in minor units of `currency`, times in Unix microseconds.

    What ended it together with others stands in its campaign: `promises.status_of` reads both.
    """

    campaign: str  # key
    investor: str  # key
    amount: int
    currency: str
    made_at: int
    status: str = "pledged"  # pledged, collected, cancelled, refunded
    refunded: int = 0
    collected_at: int | None = None
    cancelled_at: int | None = None
    reconfirmed: tuple[int, ...] = ()  # ascending
    failures: tuple[tuple[int, int | None], ...] = ()  # failed collections: when, and when it is tried again; ascending

    def related(self) -> tuple[str, ...]:
        """A pledge moves its campaign's figures."""
        return (self.campaign,)
