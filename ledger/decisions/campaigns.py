"""Decisions on campaigns: opened, amended, closed, delivered."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from ledger.candidate import Candidate
from ledger.decisions.base import Boundary, Outcome, absent, micros, need, need_all, until_micros
from ledger.decisions.parties import given
from ledger.decisions.platforms import may_take_business
from ledger.decisions.promises import turn_all
from ledger.events.campaigns import CampaignAmended, CampaignClosed, CampaignDelivered, CampaignOpened
from ledger.events.naming import key, name_of
from ledger.kernel.refusals import Code, Refused
from ledger.states.campaigns import Agreed, Campaign


def opened(candidate: Candidate, data: CampaignOpened, boundary: Boundary) -> Outcome:
    """A licensed platform, a new id, an issuer that is known."""
    may_take_business(candidate, data.kind, boundary)
    own = absent(boundary, "campaign", candidate, data.campaign)
    issuer = key("party", candidate.scope, data.issuer)
    need_all(boundary, issuer)
    campaign = Campaign(
        data.kind,
        issuer,
        data.currency,
        data.goal,
        None if data.cap is UNSET else data.cap,
        0 if data.minimum is UNSET else data.minimum,
        data.funding,
        data.jurisdiction,
        micros(candidate.happened_at),
        until_micros(candidate, data.deadline),
    )
    return Outcome({own: campaign})


def amended(candidate: Candidate, data: CampaignAmended, boundary: Boundary) -> Outcome:
    """Terms may change while the campaign is open, and no cap may fall below what was promised or is aimed at.

    A late report doesn't overwrite what was agreed after it: each field keeps the value of the latest agreement.
    """
    own = key("campaign", candidate.scope, data.campaign)
    campaign = need(boundary, Campaign, own)
    happened_at = micros(candidate.happened_at)
    _must_be_open(campaign, own, happened_at)
    after = campaign.agreeing((*campaign.terms(), _amendment(candidate, data)))
    must_have_room(own, after)
    return Outcome({own: after}, (), (campaign.issuer,))


def _amendment(candidate: Candidate, data: CampaignAmended) -> Agreed:
    deadline = None if data.deadline is UNSET else until_micros(candidate, data.deadline)
    return micros(candidate.happened_at), given(data.goal), given(data.cap), deadline, data.material


def must_have_room(own: str, campaign: Campaign) -> None:
    """Refuse terms whose cap is below what was promised, or is aimed at."""
    promised = campaign.pledged + campaign.voided  # what a close ended stands again where the close is corrected
    if campaign.cap is not None and campaign.cap < max(promised, campaign.goal):
        raise Refused(
            Code.CAP_EXCEEDED,
            f"a cap of {campaign.cap} is below {promised}, promised to {name_of(own)!r} or the goal {campaign.goal}.",
        )


def closed(candidate: Candidate, data: CampaignClosed, boundary: Boundary) -> Outcome:
    """A campaign ends once. Where it failed or was cancelled, all its open promises end with it, in this one event."""
    own = key("campaign", candidate.scope, data.campaign)
    campaign = need(boundary, Campaign, own)
    if campaign.status != "open":
        raise Refused(Code.CAMPAIGN_NOT_OPEN, f"campaign {data.campaign!r} is {campaign.status} already.")
    ended = replace(campaign, status=data.outcome, closed_at=micros(candidate.happened_at))
    after, postings = turn_all(own, campaign, ended, boundary)
    return Outcome({own: after}, postings, (campaign.issuer,))


def delivered(candidate: Candidate, data: CampaignDelivered, boundary: Boundary) -> Outcome:
    """Whoever has taken money may deliver at any time; the latest report by valid time counts."""
    own = key("campaign", candidate.scope, data.campaign)
    campaign = need(boundary, Campaign, own)
    deliveries = sorted((*campaign.deliveries, (micros(candidate.happened_at), data.share)), key=lambda each: each[0])
    return Outcome({own: replace(campaign, deliveries=tuple(deliveries))}, (), (campaign.issuer,))


def _must_be_open(campaign: Campaign, own: str, happened_at: int) -> None:
    if campaign.closed_at is not None and happened_at >= campaign.closed_at:
        raise Refused(Code.CAMPAIGN_NOT_OPEN, f"campaign {name_of(own)!r} was closed ({campaign.status}) by then.")
