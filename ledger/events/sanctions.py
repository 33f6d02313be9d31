"""Sanctions: what the supervisor imposes on a platform or a party, and lifts again."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from ledger.events.alerts import Person
from ledger.events.base import Amount, CurrencyCode, Data, Date, Short, Text
from ledger.events.cases import CaseId, ListCode

SanctionId = Annotated[str, Meta(pattern=r"^S-[A-Za-z0-9-]{1,60}\Z", description="A sanction, given by the system.")]
Sanctioned = Annotated[
    str,
    Meta(
        pattern=r"^(platform:[A-Za-z0-9._:-]{1,128}|party:[A-Za-z0-9._:-]{1,128}/[A-Za-z0-9._:-]{1,128})\Z",
        description="A key: `platform:huizhong` or `party:huizhong/U-7`.",
    ),
]


class SanctionImposed(Data, frozen=True, kw_only=True):
    """From the day `begins`, to the end of the day `until` or until it is lifted.

    `limit` (of a payment_restriction: the most that one payment may be) and `amount` (of a fine) are minor units.
    """

    TYPE: ClassVar[str] = "sanction.imposed"
    SENDER: ClassVar[str] = "registry"

    sanction: SanctionId
    by: Person
    subject: Sanctioned
    kind: Annotated[ListCode, Meta(description="Of the list in `GET /v1/casework`, such as warning or suspension.")]
    begins: Date
    until: Date | UnsetType = UNSET
    limit: Amount | UnsetType = UNSET
    amount: Amount | UnsetType = UNSET
    currency: CurrencyCode | UnsetType = UNSET
    case: CaseId | UnsetType = UNSET
    citation: Short | UnsetType = UNSET
    text: Text | UnsetType = UNSET

    def verify(self) -> None:
        """Money where the kind asks for it, and nowhere else."""
        if (self.kind == "payment_restriction") != (self.limit is not UNSET):
            raise ValueError("a payment_restriction has a limit, and nothing else has")
        if self.amount is not UNSET and self.kind != "fine":
            raise ValueError("only a fine has an amount")
        if (self.limit is UNSET and self.amount is UNSET) != (self.currency is UNSET):
            raise ValueError("a limit or an amount has a currency, and the other way round")
        if self.until is not UNSET and self.until < self.begins:
            raise ValueError("until is before begins")


class SanctionLifted(Data, frozen=True, kw_only=True):
    """It holds no more from the moment of the event on."""

    TYPE: ClassVar[str] = "sanction.lifted"
    SENDER: ClassVar[str] = "registry"

    sanction: SanctionId
    by: Person
    reason: Text
