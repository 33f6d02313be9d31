"""Pledges: money promised to a campaign, and what became of it."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, UnsetType

from ledger.events.base import Amount, CampaignId, Channel, CurrencyCode, Data, PartyId, PledgeId, Short


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


class PledgeCancelled(Data, frozen=True, kw_only=True):
    """The promise was taken back before collection."""

    TYPE: ClassVar[str] = "pledge.cancelled"

    pledge: PledgeId
    reason: Short | UnsetType = UNSET


class PledgeReconfirmed(Data, frozen=True, kw_only=True):
    """The investor confirmed the promise after a material change of the campaign."""

    TYPE: ClassVar[str] = "pledge.reconfirmed"

    pledge: PledgeId
    reason: Short | UnsetType = UNSET


class PledgeRefunded(Data, frozen=True, kw_only=True):
    """`amount` minor units, in the pledge's currency, went back from escrow to the investor."""

    TYPE: ClassVar[str] = "pledge.refunded"

    pledge: PledgeId
    amount: Amount
