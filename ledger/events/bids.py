"""Bids: what investors offer towards a loan while it is listed."""

from __future__ import annotations

from typing import ClassVar

from ledger.events.base import Amount, BidId, Data, LoanId, PartyId


class BidPlaced(Data, frozen=True, kw_only=True):
    """An investor offers `amount`, in minor units of the loan's currency. No money moves before the disbursement."""

    TYPE: ClassVar[str] = "bid.placed"

    bid: BidId
    loan: LoanId
    investor: PartyId
    amount: Amount


class BidWithdrawn(Data, frozen=True, kw_only=True):
    """The offer was taken back while the loan was listed. Sent by the platform."""

    TYPE: ClassVar[str] = "bid.withdrawn"

    bid: BidId
