"""Custody: what the custodian's accounts show, and money that payment firms saw moving."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, UnsetType

from ledger.events.base import Amount, AmountOrZero, Channel, CurrencyCode, Data, PartyId, Short, TransferId, Until


class CustodyReported(Data, frozen=True, kw_only=True):
    """The custodian's statement: `balance` minor units on `account` at `as_of` (a date means the end of that day).

    Sent by the platform; compared daily with what should lie there.
    """

    TYPE: ClassVar[str] = "custody.reported"

    account: Short
    balance: AmountOrZero
    currency: CurrencyCode
    as_of: Until


class TransferReported(Data, frozen=True, kw_only=True):
    """Money moved between two parties. Sent by a payment or custody firm that reports as a platform, or the registry.

    It has no postings: it is an observation about parties, not money that the ledger holds.
    """

    TYPE: ClassVar[str] = "transfer.reported"
    SENDER: ClassVar[str] = "either"

    transfer: TransferId
    payer: PartyId
    payee: PartyId
    amount: Amount
    currency: CurrencyCode
    channel: Channel | UnsetType = UNSET
