"""Campaigns: raising money for rewards, securities or a cause, from many small pledges."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import UNSET, UnsetType

from ledger.events.base import (
    Amount,
    CampaignId,
    Country,
    CurrencyCode,
    Data,
    Decimal,
    Hash,
    PartyId,
    Share,
    Short,
    Text,
    Until,
)


class CampaignOpened(Data, frozen=True, kw_only=True):
    """A campaign began to take pledges until `deadline`. Money is in minor units of `currency`. Sent by the platform.

    Without `cap` it takes any sum. `promised_return` is the yearly return held out to investors, if any;
    `fingerprint` is a hash of the project's text, equal where the same project is offered elsewhere.
    """

    TYPE: ClassVar[str] = "campaign.opened"

    campaign: CampaignId
    kind: Literal["reward", "equity", "donation"]
    issuer: PartyId
    title: Text
    goal: Amount
    cap: Amount | UnsetType = UNSET
    currency: CurrencyCode
    deadline: Until
    funding: Literal["all_or_nothing", "keep_what_you_raise"]
    jurisdiction: Country
    category: Short | UnsetType = UNSET
    industry: Short | UnsetType = UNSET
    region: Short | UnsetType = UNSET
    minimum: Amount | UnsetType = UNSET
    promised_return: Decimal | UnsetType = UNSET
    fingerprint: Hash | UnsetType = UNSET

    def verify(self) -> None:
        """A goal that the cap forbids to reach is a mistake."""
        if self.cap is not UNSET and self.cap < self.goal:
            raise ValueError(f"cap {self.cap} is below the goal {self.goal}")


class CampaignAmended(Data, frozen=True, kw_only=True):
    """Terms changed while the campaign was open; what is absent stays. `material` asks investors to confirm again."""

    TYPE: ClassVar[str] = "campaign.amended"

    campaign: CampaignId
    material: bool
    goal: Amount | UnsetType = UNSET
    cap: Amount | UnsetType = UNSET
    deadline: Until | UnsetType = UNSET
    title: Text | UnsetType = UNSET
    note: Text | UnsetType = UNSET


class CampaignClosed(Data, frozen=True, kw_only=True):
    """The campaign takes no more pledges, and this is how it ended. Sent by the platform.

    With `failed` or `cancelled` all open promises end with it, and what was collected is owed back: no event is needed
    for each pledge, but for refunds when they are paid. A success without its goal is recorded, too, and shown.
    """

    TYPE: ClassVar[str] = "campaign.closed"

    campaign: CampaignId
    outcome: Literal["succeeded", "failed", "cancelled"]


class CampaignDelivered(Data, frozen=True, kw_only=True):
    """`share` of the rewards or securities has been delivered so far (not since the last report)."""

    TYPE: ClassVar[str] = "campaign.delivered"

    campaign: CampaignId
    share: Share
