"""Loans: listed for bids, disbursed, repaid in parts, and every way in which they end."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from ledger.events.base import (
    Amount,
    AmountOrZero,
    Channel,
    Country,
    CurrencyCode,
    Data,
    Hash,
    LoanId,
    PartyId,
    Rate,
    RepaymentId,
    Share,
    Short,
    Text,
    Until,
)

TermMonths = Annotated[int, Meta(ge=1, le=1200, description="Months from disbursement to the last payment.")]


class Collateral(Struct, frozen=True, forbid_unknown_fields=True):
    """What secures a loan, and its value in minor units of the loan's currency."""

    kind: Literal["property", "receivable", "order", "warehouse_receipt", "ip", "equipment"]
    value: AmountOrZero


class LoanListed(Data, frozen=True, kw_only=True):
    """A borrower's request began to take bids until `raise_until`. Sent by the platform.

    `amount` is in minor units of `currency`. `guarantor` is a party of the platform, `insurer` a name.
    `fingerprint` is a hash of the project, equal where the same one is offered elsewhere.
    """

    TYPE: ClassVar[str] = "loan.listed"

    loan: LoanId
    borrower: PartyId
    amount: Amount
    currency: CurrencyCode
    annual_rate: Rate
    term_months: TermMonths
    repayment: Literal["equal_instalments", "interest_only", "bullet"]
    raise_until: Until
    jurisdiction: Country
    purpose: Text | UnsetType = UNSET
    guarantor: PartyId | UnsetType = UNSET
    insurer: Short | UnsetType = UNSET
    collateral: Collateral | UnsetType = UNSET
    region: Short | UnsetType = UNSET
    industry: Short | UnsetType = UNSET
    fingerprint: Hash | UnsetType = UNSET


class LoanDisbursed(Data, frozen=True, kw_only=True):
    """The whole sum was bid for, and was paid out to the borrower. Sent by the platform."""

    TYPE: ClassVar[str] = "loan.disbursed"

    loan: LoanId


class LoanLapsed(Data, frozen=True, kw_only=True):
    """The loan did not come about; its bids are free again. Sent by the platform."""

    TYPE: ClassVar[str] = "loan.lapsed"

    loan: LoanId


class RepaymentReceived(Data, frozen=True, kw_only=True):
    """The borrower, or `payer` in his place, paid. All parts are minor units of the loan's currency.

    Principal, interest and penalty go to those who hold the claim, by their part of it; the fee goes to the platform.
    A part may be zero, but not all of them. Sent by the platform.
    """

    TYPE: ClassVar[str] = "repayment.received"

    repayment: RepaymentId
    loan: LoanId
    principal: AmountOrZero
    interest: AmountOrZero
    penalty: AmountOrZero | UnsetType = UNSET
    fee: AmountOrZero | UnsetType = UNSET
    payer: PartyId | UnsetType = UNSET
    channel: Channel | UnsetType = UNSET

    def verify(self) -> None:
        """Something must have been paid."""
        if not (self.principal or self.interest or (self.penalty or 0) or (self.fee or 0)):
            raise ValueError("a repayment of zero is none: one of principal, interest, penalty, fee must be above zero")


class LoanRestructured(Data, frozen=True, kw_only=True):
    """Term or rate were agreed anew; what is absent stays. `term_months` counts from the disbursement."""

    TYPE: ClassVar[str] = "loan.restructured"

    loan: LoanId
    term_months: TermMonths | UnsetType = UNSET
    annual_rate: Rate | UnsetType = UNSET
    reason: Short


class GuaranteeDeclared(Data, frozen=True, kw_only=True):
    """A party answers for `share` of the loan. Sent by the platform."""

    TYPE: ClassVar[str] = "guarantee.declared"

    loan: LoanId
    guarantor: PartyId
    share: Share


class LoanDefaulted(Data, frozen=True, kw_only=True):
    """The platform treats the loan as in default; `amount` is the sum in arrears. No money moves."""

    TYPE: ClassVar[str] = "loan.defaulted"

    loan: LoanId
    amount: Amount | UnsetType = UNSET


class LoanWrittenOff(Data, frozen=True, kw_only=True):
    """`amount` of the principal (all that is outstanding, if absent) is not expected back; the holders bear it.

    What comes in later is reported as a repayment: a recovery.
    """

    TYPE: ClassVar[str] = "loan.written_off"

    loan: LoanId
    amount: Amount | UnsetType = UNSET


class LoanSettled(Data, frozen=True, kw_only=True):
    """The loan has ended. Principal still outstanding is given up: the holders bear it.

    `amount` is the sum for which it was settled, for information; the payment itself is a `repayment.received`.
    """

    TYPE: ClassVar[str] = "loan.settled"

    loan: LoanId
    amount: AmountOrZero | UnsetType = UNSET
