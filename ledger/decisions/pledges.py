"""Decisions on pledges: made, collected or not, cancelled, reconfirmed or lapsed, refunded."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from ledger.candidate import Candidate
from ledger.decisions.base import Boundary, Outcome, absent, absent_of, look, micros, need, until_micros
from ledger.decisions.platforms import may_take_business
from ledger.decisions.promises import must_fit_cap, must_stand, turn, turn_all
from ledger.events.naming import key, name_of
from ledger.events.pledges import (
    PledgeCancelled,
    PledgeCollected,
    PledgeCollectionFailed,
    PledgeMade,
    PledgeReconfirmed,
    PledgeRefunded,
    PledgesLapsed,
)
from ledger.kernel.refusals import Code, Missing, Refused
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.promises import FAILED
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
    return Outcome(*turn(own, None, pledge, campaign))


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


def collected(candidate: Candidate, data: PledgeCollected, boundary: Boundary) -> Outcome:
    """The whole promise turns into money in escrow, once. Told after the promise ended, it is owed back at once."""
    own, pledge, campaign = _open_pledge(candidate, data.pledge, boundary)
    happened_at = micros(candidate.happened_at)
    must_stand(own, pledge, campaign, happened_at)
    after = replace(pledge, status="collected", collected_at=happened_at)
    return Outcome(*turn(own, pledge, after, campaign), (pledge.investor,))


def collection_failed(candidate: Candidate, data: PledgeCollectionFailed, boundary: Boundary) -> Outcome:
    """The promise stays open. A failure that is told after the money came is one of the attempts before it."""
    own, pledge, campaign = _pledge(candidate, data.pledge, boundary)
    happened_at = micros(candidate.happened_at)
    if pledge.collected_at is not None and happened_at > pledge.collected_at:
        raise Refused(Code.PLEDGE_NOT_OPEN, f"pledge {data.pledge!r} was collected by then.")
    must_stand(own, pledge, campaign, happened_at)
    retry_at = None if data.retry_at is UNSET else until_micros(candidate, data.retry_at)
    failures = tuple(sorted((*pledge.failures, (happened_at, retry_at)), key=lambda each: each[0]))
    return Outcome({own: replace(pledge, failures=failures)}, (), (pledge.investor,))


def cancelled(candidate: Candidate, data: PledgeCancelled, boundary: Boundary) -> Outcome:
    """A promise can be taken back until it is collected; afterwards money goes back by a refund.

    One that ended with its campaign may be reported as cancelled still: that confirms it and moves nothing.
    """
    own, pledge, campaign = _open_pledge(candidate, data.pledge, boundary)
    after = replace(pledge, status="cancelled", cancelled_at=micros(candidate.happened_at))
    return Outcome(*turn(own, pledge, after, campaign), (pledge.investor,))


def reconfirmed(candidate: Candidate, data: PledgeReconfirmed, boundary: Boundary) -> Outcome:
    """A promise that stands, or money that came of it. Said in time and told late, it revives what lapsed."""
    own, pledge, campaign = _pledge(candidate, data.pledge, boundary)
    happened_at = micros(candidate.happened_at)
    must_stand(own, pledge, campaign, happened_at)
    after = replace(pledge, reconfirmed=tuple(sorted((*pledge.reconfirmed, happened_at))))
    changes, postings = turn(own, pledge, after, campaign)
    if postings:
        must_fit_cap(pledge.campaign, campaign, pledge.amount)
    return Outcome(changes, postings, (pledge.investor,))


def lapsed(candidate: Candidate, data: PledgesLapsed, boundary: Boundary) -> Outcome:
    """All promises made before a material change that nobody reconfirmed in its window end together."""
    own = key("campaign", data.platform, data.campaign)
    campaign = need(boundary, Campaign, own)
    window = until_micros(candidate, data.amended_at), until_micros(candidate, data.reconfirm_by)
    _must_be_due(campaign, own, window, micros(candidate.happened_at))
    lapses = tuple(sorted((*campaign.lapses, window)))
    after, postings = turn_all(own, campaign, replace(campaign, lapses=lapses), boundary)
    return Outcome({own: after}, postings, (campaign.issuer,))


def _must_be_due(campaign: Campaign, own: str, window: tuple[int, int], happened_at: int) -> None:
    amended_at, by = window
    if amended_at not in campaign.material:
        raise Refused(Code.PLEDGE_NOT_OPEN, f"campaign {name_of(own)!r} had no material change at that moment.")
    if any(amended_at == done for done, _ in campaign.lapses):
        raise Refused(Code.PLEDGE_NOT_OPEN, f"what {name_of(own)!r} asked to reconfirm then has lapsed already.")
    if campaign.status in FAILED and (campaign.closed_at or 0) <= by:
        raise Refused(Code.PLEDGE_NOT_OPEN, f"campaign {name_of(own)!r} is {campaign.status}: its promises have ended.")
    if happened_at <= by or by < amended_at:
        raise Refused(Code.TIME_IN_FUTURE, f"the window to reconfirm pledges of {name_of(own)!r} is not over.")


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
    after = replace(pledge, refunded=pledge.refunded + data.amount, status=status)
    return Outcome(*turn(own, pledge, after, campaign), (pledge.investor,))


def _pledge(candidate: Candidate, name: str, boundary: Boundary) -> tuple[str, Pledge, Campaign]:
    own = key("pledge", candidate.scope, name)
    pledge = need(boundary, Pledge, own)
    return own, pledge, need(boundary, Campaign, pledge.campaign)


def _open_pledge(candidate: Candidate, name: str, boundary: Boundary) -> tuple[str, Pledge, Campaign]:
    own, pledge, campaign = _pledge(candidate, name, boundary)
    if pledge.status != "pledged":
        raise Refused(Code.PLEDGE_NOT_OPEN, f"pledge {name!r} is {pledge.status} already.")
    return own, pledge, campaign
