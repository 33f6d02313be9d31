"""Decisions on pledges: made, collected, cancelled, reconfirmed, refunded."""

from __future__ import annotations

from msgspec.structs import replace

from ledger.accounts import escrow, investor, move, pledged, receivable
from ledger.candidate import Candidate
from ledger.decisions.base import Boundary, Outcome, absent, absent_of, look, micros, need
from ledger.decisions.platforms import may_take_business
from ledger.events.naming import key, name_of
from ledger.events.pledges import PledgeCancelled, PledgeCollected, PledgeMade, PledgeReconfirmed, PledgeRefunded
from ledger.kernel.refusals import Code, Missing, Refused
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.registry import is_absent


def made(candidate: Candidate, data: PledgeMade, boundary: Boundary) -> Outcome:
    """A promise counts where the campaign was open at that moment, the currency is its own, and the cap holds."""
    campaign_key = key("campaign", candidate.scope, data.campaign)
    investor_key = key("party", candidate.scope, data.investor)
    campaign = look(boundary, Campaign, campaign_key)
    may_take_business(candidate, campaign.kind if campaign else None, boundary)
    own = absent(boundary, "pledge", candidate, data.pledge)
    if campaign is None or is_absent(boundary.get(investor_key)):
        raise Missing(*absent_of(boundary, campaign_key, investor_key))
    happened_at = micros(candidate.happened_at)
    _check_acceptable(data, campaign, campaign_key, happened_at)
    pledge = Pledge(campaign_key, investor_key, data.amount, data.currency, happened_at)
    after = replace(campaign, pledged=campaign.pledged + data.amount, pledges=campaign.pledges + 1)
    postings = move(pledged(campaign_key), receivable(investor_key), data.currency, data.amount)
    return Outcome({own: pledge, campaign_key: after}, postings)


def _check_acceptable(data: PledgeMade, campaign: Campaign, own: str, happened_at: int) -> None:
    # Codes in the contract's order: the first that applies is given.
    if data.currency != campaign.currency:
        raise Refused(
            Code.CURRENCY_MISMATCH,
            f"campaign {data.campaign!r} takes {campaign.currency}, the pledge is in {data.currency}.",
        )
    if campaign.closed_at is not None and happened_at >= campaign.closed_at:
        raise Refused(Code.CAMPAIGN_NOT_OPEN, f"campaign {data.campaign!r} was closed ({campaign.status}) by then.")
    if happened_at > campaign.deadline:
        raise Refused(Code.AFTER_DEADLINE, f"the deadline of campaign {data.campaign!r} had passed.")
    if data.amount < campaign.minimum:
        raise Refused(
            Code.BELOW_MINIMUM, f"campaign {data.campaign!r} takes {campaign.minimum} or more, not {data.amount}."
        )
    must_fit_cap(own, campaign, data.amount)


def must_fit_cap(own: str, campaign: Campaign, amount: int) -> None:
    """Refuse a promise that the campaign's cap has no room for."""
    if campaign.cap is not None and campaign.pledged + amount > campaign.cap:
        room = campaign.cap - campaign.pledged
        raise Refused(Code.CAP_EXCEEDED, f"campaign {name_of(own)!r} has room for {room}, not {amount}.")


def collected(candidate: Candidate, data: PledgeCollected, boundary: Boundary) -> Outcome:
    """The whole promise turns into money in escrow, once."""
    own, pledge, campaign = _open_pledge(candidate, data.pledge, boundary)
    postings = (
        *move(receivable(pledge.investor), pledged(pledge.campaign), pledge.currency, pledge.amount),
        *move(investor(pledge.investor), escrow(pledge.campaign), pledge.currency, pledge.amount),
    )
    changes = {
        own: replace(pledge, status="collected"),
        pledge.campaign: replace(campaign, collected=campaign.collected + pledge.amount),
    }
    return Outcome(changes, postings, (pledge.investor,))


def cancelled(candidate: Candidate, data: PledgeCancelled, boundary: Boundary) -> Outcome:
    """A promise can be taken back until it is collected; afterwards money goes back by a refund."""
    own, pledge, campaign = _open_pledge(candidate, data.pledge, boundary)
    changes = {
        own: replace(pledge, status="cancelled"),
        pledge.campaign: replace(campaign, pledged=campaign.pledged - pledge.amount, pledges=campaign.pledges - 1),
    }
    postings = move(receivable(pledge.investor), pledged(pledge.campaign), pledge.currency, pledge.amount)
    return Outcome(changes, postings, (pledge.investor,))


def reconfirmed(candidate: Candidate, data: PledgeReconfirmed, boundary: Boundary) -> Outcome:
    """Only a promise that still stands can be confirmed again."""
    _, pledge, _ = _open_pledge(candidate, data.pledge, boundary)
    return Outcome({}, (), (pledge.investor,))


def refunded(candidate: Candidate, data: PledgeRefunded, boundary: Boundary) -> Outcome:
    """Never more than was collected of this pledge, and never more than lies in the campaign's escrow."""
    own = key("pledge", candidate.scope, data.pledge)
    pledge = need(boundary, Pledge, own)
    campaign = need(boundary, Campaign, pledge.campaign)
    if pledge.status not in {"collected", "refunded"}:
        raise Refused(Code.PLEDGE_NOT_COLLECTED, f"pledge {data.pledge!r} is {pledge.status}; nothing to refund.")
    left = pledge.amount - pledge.refunded
    if data.amount > left:
        raise Refused(Code.REFUND_EXCEEDS_COLLECTED, f"pledge {data.pledge!r} has {left} left, not {data.amount}.")
    if data.amount > campaign.escrow:
        raise Refused(Code.ESCROW_INSUFFICIENT, f"escrow holds {campaign.escrow}, the refund is {data.amount}.")
    status = "collected" if data.amount < left else "refunded"
    changes = {
        own: replace(pledge, refunded=pledge.refunded + data.amount, status=status),
        pledge.campaign: replace(campaign, refunded=campaign.refunded + data.amount),
    }
    postings = move(escrow(pledge.campaign), investor(pledge.investor), pledge.currency, data.amount)
    return Outcome(changes, postings, (pledge.investor,))


def _open_pledge(candidate: Candidate, name: str, boundary: Boundary) -> tuple[str, Pledge, Campaign]:
    own = key("pledge", candidate.scope, name)
    pledge = need(boundary, Pledge, own)
    campaign = need(boundary, Campaign, pledge.campaign)
    if pledge.status != "pledged":
        raise Refused(Code.PLEDGE_NOT_OPEN, f"pledge {name!r} is {pledge.status} already.")
    return own, pledge, campaign
