"""What a pledge and its campaign together say: is the promise open, has it ended and how, what is owed back.

A pledge keeps what was said of itself, a campaign what ended many promises at once. Neither repeats the other, so the
close of a campaign changes one state however many pledges it ends, its correction restores them exactly, and the order
in which facts arrived can't show.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec.structs import replace

from ledger.states.campaigns import Campaign, Pledge

FAILED = frozenset({"failed", "cancelled"})  # outcomes with which a campaign ends the promises made to it
_NEVER = 2**63 - 1


class End(NamedTuple):
    """How many promises ended together: since when (Unix microseconds, exclusive of what happened before), and why.

    `void`: the campaign failed or was cancelled. `lapsed`: a material change was not reconfirmed in time.
    """

    at: int
    kind: Literal["void", "lapsed"]


def end_of(pledge: Pledge, campaign: Campaign) -> End | None:
    """The earliest end, by valid time, that the campaign set to this pledge; None while there is none."""
    void = End(campaign.closed_at, "void") if campaign.status in FAILED and campaign.closed_at is not None else None
    if not campaign.lapses:
        return void
    ends = [End(at, "lapsed") for at in _lapses(pledge, campaign)]
    return min([*ends, void] if void else ends, default=None)


def _lapses(pledge: Pledge, campaign: Campaign) -> list[int]:
    """Just after each window that went by without a word from the investor."""
    return [
        by + 1
        for amended_at, by in campaign.lapses
        if pledge.made_at < amended_at and not confirmed(pledge, amended_at, by)
    ]


def confirmed(pledge: Pledge, amended_at: int, by: int = _NEVER) -> bool:
    """Whether the investor confirmed the promise between a material change and a moment, both included."""
    return any(amended_at <= said <= by for said in pledge.reconfirmed)


def status_of(pledge: Pledge, campaign: Campaign) -> str:
    """pledged, collected, cancelled, refunded; void or lapsed where a promise that stood was ended with others."""
    if pledge.status != "pledged":
        return pledge.status
    end = end_of(pledge, campaign)
    return end.kind if end else "pledged"


def refund_due(pledge: Pledge, campaign: Campaign) -> int:
    """Minor units that were collected, are owed back and have not gone back."""
    return book(pledge, campaign).due


class Book(NamedTuple):
    """What one pledge adds to its campaign's figures, minor units; `number` is 1 while it is open or collected.

    `owed` is promised and neither collected nor ended. `at_close` is what stood when the campaign was closed.
    """

    owed: int = 0
    paid: int = 0
    back: int = 0
    voided: int = 0
    lapsed: int = 0
    due: int = 0
    number: int = 0
    at_close: int = 0

    def __sub__(self, other: Book) -> Book:
        """By how much each figure is larger than in `other`."""
        # Spelt out: every pledge event on its way in does this once.
        return Book(
            self.owed - other.owed, self.paid - other.paid, self.back - other.back, self.voided - other.voided,
            self.lapsed - other.lapsed, self.due - other.due, self.number - other.number,
            self.at_close - other.at_close,
        )  # fmt: skip

    def plus(self, other: Book) -> Book:
        """The sum, figure by figure."""
        return Book(*[mine + theirs for mine, theirs in zip(self, other, strict=True)])


ZERO = Book()


def book(pledge: Pledge, campaign: Campaign) -> Book:
    """The figures of one pledge. All money and all sums of a campaign are differences of these."""
    # Positional, and plain cases first: the close of a campaign asks this twice for each of its pledges.
    amount, status = pledge.amount, pledge.status
    closed_at = campaign.closed_at
    end = None if closed_at is None and not campaign.lapses else end_of(pledge, campaign)
    at_close = 0 if closed_at is None else _at_close(pledge, closed_at, end)
    if status == "pledged":
        if end is None:
            return Book(amount, 0, 0, 0, 0, 0, 1, at_close)
        if end.kind == "void":
            return Book(0, 0, 0, amount, 0, 0, 0, at_close)
        return Book(0, 0, 0, 0, amount, 0, 0, at_close)
    if status == "cancelled":
        return Book(0, 0, 0, 0, 0, 0, 0, at_close)
    due = 0 if end is None else amount - pledge.refunded
    return Book(0, amount, pledge.refunded, 0, 0, due, 1, at_close)


def _at_close(pledge: Pledge, closed_at: int, end: End | None) -> int:
    """The amount, where the promise had been made by then, and neither cancelled nor lapsed."""
    stood_until = end.at if end and end.kind == "lapsed" else _NEVER
    if pledge.status == "cancelled":
        stood_until = min(stood_until, pledge.cancelled_at or 0)
    return pledge.amount if pledge.made_at < closed_at <= stood_until else 0


def add(campaign: Campaign, change: Book) -> Campaign:
    """The campaign with its sums moved by `change`."""
    owed, paid, back, voided, lapsed, due, number, at_close = change
    if voided or lapsed or due or at_close:  # seldom: only where something has ended
        campaign = replace(
            campaign,
            voided=campaign.voided + voided,
            lapsed=campaign.lapsed + lapsed,
            due=campaign.due + due,
            at_close=campaign.at_close + at_close,
        )
    return replace(
        campaign,
        pledged=campaign.pledged + owed + paid,
        collected=campaign.collected + paid,
        refunded=campaign.refunded + back,
        pledges=campaign.pledges + number,
    )
