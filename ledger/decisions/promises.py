"""From what a pledge and its campaign say to money: one pledge at a time, or all of a campaign at once."""

from __future__ import annotations

from collections import defaultdict

from ledger.accounts import Posting, entry, escrow, investor, move, pledged, receivable
from ledger.decisions.base import Boundary
from ledger.events.naming import name_of
from ledger.kernel.refusals import Code, Refused
from ledger.states.base import State
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.promises import ZERO, Book, add, book, end_of


def turn(
    own: str, before: Pledge | None, after: Pledge | None, campaign: Campaign
) -> tuple[dict[str, State], tuple[Posting, ...]]:
    """The states and the entry when one pledge changes; `before` None makes it, `after` None takes it away.

    The entry is the difference of the two books, so a fact that is told late moves just what is still missing.
    """
    pledge = after or before
    assert pledge is not None
    new = book(after, campaign) if after else ZERO
    change = new if before is None else new - book(before, campaign)
    changes: dict[str, State] = {} if after is None else {own: after}
    if change != ZERO:
        changes[pledge.campaign] = add(campaign, change)
    return changes, _entry(pledge, change)


def _entry(pledge: Pledge, change: Book) -> tuple[Posting, ...]:
    promise = pledged(pledge.campaign), receivable(pledge.investor)
    money = investor(pledge.investor), escrow(pledge.campaign)
    return (
        *_moved(promise, pledge.currency, change.owed),
        *_moved(money, pledge.currency, change.paid - change.back),
    )


def _moved(between: tuple[str, str], currency: str, amount: int) -> tuple[Posting, ...]:
    """From the first to the second account, or back where `amount` is negative; the source stands first."""
    if amount == 0:
        return ()
    source, target = between if amount > 0 else between[::-1]
    return move(source, target, currency, abs(amount))


def turn_all(own: str, before: Campaign, after: Campaign, boundary: Boundary) -> tuple[Campaign, tuple[Posting, ...]]:
    """What becomes of all pledges when their campaign goes from `before` to `after`: its sums, and one entry.

    The entry has a line per investor, in order of their accounts, and one for the campaign. Memory is bounded by the
    number of investors, not of pledges.
    """
    by_investor: defaultdict[str, int] = defaultdict(int)
    old_total, new_total = [0] * len(ZERO), [0] * len(ZERO)
    for pledge in boundary.pledges_of(own):
        old, new = book(pledge, before), book(pledge, after)
        if old != new:
            old_total = list(map(int.__add__, old_total, old))
            new_total = list(map(int.__add__, new_total, new))
            if new.owed != old.owed:
                by_investor[pledge.investor] += new.owed - old.owed
    change = Book(*new_total) - Book(*old_total)
    lines = [Posting(receivable(party), before.currency, amount) for party, amount in sorted(by_investor.items())]
    return add(after, change), entry(*lines, Posting(pledged(own), before.currency, -change.owed))


def must_stand(own: str, pledge: Pledge, campaign: Campaign, moment: int) -> None:
    """Refuse what happened to a promise after it had ended; what happened before and is told late passes."""
    end = end_of(pledge, campaign)
    if pledge.status == "cancelled" and moment >= (pledge.cancelled_at or 0):
        raise Refused(Code.PLEDGE_NOT_OPEN, f"pledge {name_of(own)!r} is cancelled already.")
    if end is not None and moment >= end.at:
        raise Refused(Code.PLEDGE_NOT_OPEN, f"pledge {name_of(own)!r} had ended ({end.kind}) by then.")


def must_fit_cap(own: str, campaign: Campaign, amount: int) -> None:
    """Refuse a promise that the campaign's cap has no room for. What a close ended would stand again without it."""
    promised = campaign.pledged + campaign.voided
    if campaign.cap is not None and promised + amount > campaign.cap:
        room = campaign.cap - promised
        raise Refused(Code.CAP_EXCEEDED, f"campaign {name_of(own)!r} has room for {room}, not {amount}.")
