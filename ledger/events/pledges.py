"""Pledges: money promised to a campaign, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, UnsetType

from ledger.events.base import (
    Amount,
    AnyId,
    CampaignId,
    Channel,
    CurrencyCode,
    Data,
    Moment,
    PartyId,
    PlatformId,
    PledgeId,
    Short,
    Until,
)


class PledgeMade(Data, frozen=True, kw_only=True):
    """An investor promised `amount` minor units to a campaign. Sent by the platform when the promise is given."""

    TYPE: ClassVar[str] = "pledge.made"

    pledge: PledgeId
    campaign: CampaignId
    investor: PartyId
    amount: Amount
    currency: CurrencyCode
    channel: Channel | UnsetType = UNSET


class PledgeCollected(Data, frozen=True, kw_only=True):
    """The whole pledge was collected and lies in escrow. Sent by the platform when its custodian confirms."""

    TYPE: ClassVar[str] = "pledge.collected"

    pledge: PledgeId
    reason: Short | UnsetType = UNSET


class PledgeCollectionFailed(Data, frozen=True, kw_only=True):
    """The money could not be collected, for the reason given; `retry_at` is when it is tried again, if it is.

    The promise stays open: it is collected later, or cancelled. Sent by the platform.
    """

    TYPE: ClassVar[str] = "pledge.collection_failed"

    pledge: PledgeId
    reason: Short | UnsetType = UNSET
    retry_at: Until | UnsetType = UNSET


class PledgeCancelled(Data, frozen=True, kw_only=True):
    """The promise was taken back before collection. Of one that ended with its campaign it is a confirmation."""

    TYPE: ClassVar[str] = "pledge.cancelled"

    pledge: PledgeId
    reason: Short | UnsetType = UNSET


class PledgeReconfirmed(Data, frozen=True, kw_only=True):
    """The investor confirmed the promise after a material change. What happened in time and is told late counts."""

    TYPE: ClassVar[str] = "pledge.reconfirmed"

    pledge: PledgeId
    reason: Short | UnsetType = UNSET


class PledgeRefunded(Data, frozen=True, kw_only=True):
    """`amount` minor units, in the pledge's currency, went back from escrow to the investor."""

    TYPE: ClassVar[str] = "pledge.refunded"

    pledge: PledgeId
    amount: Amount


class PledgesLapsed(Data, frozen=True, kw_only=True):
    """Terms changed materially at `amended_at`, and by `reconfirm_by` not every investor had confirmed again.

    The promises made before the change and not reconfirmed end together; what was collected of them is owed back.
    Written once for a campaign and change, by the system, where the law or the platform's terms set a window
    (`window`, with its `citation`). Its `time` is the moment after the window.
    """

    TYPE: ClassVar[str] = "pledges.lapsed"
    SENDER: ClassVar[str] = "system"

    platform: PlatformId
    campaign: AnyId
    amended_at: Moment
    reconfirm_by: Moment
    window: Short
    citation: Short
