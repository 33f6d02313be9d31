"""Money on a platform's accounts: released to issuers, taken as fees, deposited and withdrawn by investors."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import UNSET, UnsetType

from ledger.events.base import (
    Amount,
    CampaignId,
    Channel,
    CurrencyCode,
    Data,
    DepositId,
    LoanId,
    PartyId,
    Short,
    WithdrawalId,
)

# Who can be charged for what: an issuer has no loan, a borrower no campaign.
PAYERS_OF_CAMPAIGN = frozenset({"issuer", "investor"})
PAYERS_OF_LOAN = frozenset({"borrower", "investor"})


class FundsReleased(Data, frozen=True, kw_only=True):
    """`amount` minor units left the campaign's escrow for the issuer, or for the party `to`. Sent by the platform."""

    TYPE: ClassVar[str] = "funds.released"

    campaign: CampaignId
    amount: Amount
    to: PartyId | UnsetType = UNSET
    channel: Channel | UnsetType = UNSET


class FundsReturned(Data, frozen=True, kw_only=True):
    """`amount` minor units that had been released came back into the campaign's escrow. Sent by the platform.

    From the issuer, or from the party `payer`. From there it can be refunded, or released again. Never more comes back
    than was released and not returned so far.
    """

    TYPE: ClassVar[str] = "funds.returned"

    campaign: CampaignId
    amount: Amount
    payer: PartyId | UnsetType = UNSET
    reason: Short | UnsetType = UNSET
    channel: Channel | UnsetType = UNSET


class FeeCharged(Data, frozen=True, kw_only=True):
    """The platform took `amount` minor units for itself, on a campaign or on a loan. Sent by the platform.

    An issuer pays out of the campaign's escrow; a borrower and investors out of their own pocket.
    """

    TYPE: ClassVar[str] = "fee.charged"

    campaign: CampaignId | UnsetType = UNSET
    loan: LoanId | UnsetType = UNSET
    amount: Amount
    payer: Literal["issuer", "investor", "borrower"]

    def verify(self) -> None:
        """One thing is charged, by one of its own people."""
        if (self.campaign is UNSET) == (self.loan is UNSET):
            raise ValueError("a fee is charged on either a campaign or a loan: give exactly one of the two")
        payers, thing = (PAYERS_OF_CAMPAIGN, "campaign") if self.loan is UNSET else (PAYERS_OF_LOAN, "loan")
        if self.payer not in payers:
            raise ValueError(f"the payer of a fee on a {thing} is one of {sorted(payers)}, not {self.payer!r}")


class DepositReceived(Data, frozen=True, kw_only=True):
    """An investor's `amount` minor units came in and wait on the platform's account for use. Sent by the platform."""

    TYPE: ClassVar[str] = "deposit.received"

    deposit: DepositId
    investor: PartyId
    amount: Amount
    currency: CurrencyCode
    channel: Channel | UnsetType = UNSET


class WithdrawalRequested(Data, frozen=True, kw_only=True):
    """An investor asked for `amount` minor units of the waiting money. No money moves yet. Sent by the platform."""

    TYPE: ClassVar[str] = "withdrawal.requested"

    withdrawal: WithdrawalId
    investor: PartyId
    amount: Amount
    currency: CurrencyCode


class WithdrawalPaid(Data, frozen=True, kw_only=True):
    """What was asked for left the platform's account. Sent by the platform when its custodian confirms."""

    TYPE: ClassVar[str] = "withdrawal.paid"

    withdrawal: WithdrawalId


class WithdrawalRejected(Data, frozen=True, kw_only=True):
    """The platform did not pay what was asked for, and why. Sent by the platform."""

    TYPE: ClassVar[str] = "withdrawal.rejected"

    withdrawal: WithdrawalId
    reason: Short
