"""Is a party's relationship with its platform over, and since when. Pure, over states and what is known of events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from ledger.states.base import State
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.funds import Withdrawal
from ledger.states.loans import Bid, Loan
from ledger.states.parties import Party

# Kinds of keys whose states say whether something is still open between a party and its platform.
KINDS = ("pledge:", "campaign:", "loan:", "bid:", "withdrawal:")
_RUNNING = frozenset({"listed", "disbursed", "defaulted"})


class Mention(NamedTuple):
    """An event that concerns a party: when it happened, whether it moved her money, what else it concerns."""

    happened_at: datetime
    money: bool
    tags: list[str]


class Relationship(NamedTuple):
    """`open` names what is not over yet; `ended` is when her last money moved, else when anything last happened."""

    open: tuple[str, ...]
    ended: datetime


def relationship(party: str, state: Party, mentions: Iterable[Mention], states: Mapping[str, State]) -> Relationship:
    """What the events that concern `party` (her key) and the states they name amount to."""
    mentions = list(mentions)
    assert mentions, "a party has at least its registration"
    money = [each.happened_at for each in mentions if each.money]
    found = [*_own(state), *(key for key in sorted(states) if _is_open(party, key, states))]
    return Relationship(tuple(found), max(money or [each.happened_at for each in mentions]))


def _own(state: Party) -> Iterable[str]:
    if any(state.cash.values()):
        yield "money that waits on the platform"
    if any(state.owed.values()):
        yield "money that she owes"


def _is_open(party: str, key: str, states: Mapping[str, State]) -> bool:
    state = states[key]
    match state:
        case Pledge():
            return state.investor == party and _pledge_is_open(state, states)
        case Campaign():
            return state.issuer == party and (state.status == "open" or state.escrow > 0)
        case Loan():
            mine = state.borrower == party or party in state.holders
            return mine and state.status in _RUNNING and (state.status == "listed" or state.outstanding > 0)
        case Bid():
            loan = states.get(state.loan)
            return state.investor == party and state.status == "placed" and _is_listed(loan)
        case Withdrawal():
            return state.investor == party and state.status == "requested"
        case _:
            return False


def _pledge_is_open(pledge: Pledge, states: Mapping[str, State]) -> bool:
    """Promised still; or collected, and neither given to the issuer nor back."""
    if pledge.status == "pledged":
        return True
    campaign = states.get(pledge.campaign)
    if pledge.status != "collected" or not isinstance(campaign, Campaign):
        return False
    return campaign.status != "succeeded" and campaign.escrow > 0


def _is_listed(state: State | None) -> bool:
    return isinstance(state, Loan) and state.status == "listed"
