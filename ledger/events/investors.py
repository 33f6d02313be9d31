"""Investors: what they declared about themselves, on which their limits depend."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, UnsetType

from ledger.events.base import AmountOrZero, Country, CurrencyCode, Data, Date, Figure, PartyId

# Names two entities: the party, and what is known of her means.
DeclaringId = Annotated[PartyId, Meta(extra={"kind": "declaration"})]


class InvestorDeclared(Data, frozen=True, kw_only=True):
    """The investor declared means and experience under the law of `jurisdiction`. Sent by the platform.

    Money is in minor units of `currency`; it holds until the end of `valid_to`, or until declared anew.
    """

    TYPE: ClassVar[str] = "investor.declared"

    investor: DeclaringId
    jurisdiction: Country
    currency: CurrencyCode
    annual_income: AmountOrZero | UnsetType = UNSET
    net_worth: Figure | UnsetType = UNSET
    financial_assets: AmountOrZero | UnsetType = UNSET
    accredited: bool | UnsetType = UNSET
    sophisticated: bool | UnsetType = UNSET
    experience_years: Annotated[int, Meta(ge=0, le=120)] | UnsetType = UNSET
    knowledge_passed: bool | UnsetType = UNSET
    valid_to: Date | UnsetType = UNSET
