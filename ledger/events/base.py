"""Field types that all events share, and what every event's `data` may carry."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

# \Z, not $: a dollar sign also matches before a closing line feed.
ID_PATTERN = r"^[A-Za-z0-9._:-]{1,128}\Z"
# PostgreSQL keeps no NUL in a text column, and nobody means to send one.
TEXT_PATTERN = r"^[^\x00]*\Z"
MAX_AMOUNT = 2**53 - 1
EXTRA_BYTES_MAX = 4096


def id_of(kind: str, what: str) -> Any:
    """An identifier field; `kind` is read by `catalogue.references` to know which entities an event names."""
    return Meta(pattern=ID_PATTERN, description=what, extra={"kind": kind})


PlatformId = Annotated[str, id_of("platform", "A platform, unique in the jurisdiction.")]
PartyId = Annotated[str, id_of("party", "A person or organisation, unique within the platform.")]
CampaignId = Annotated[str, id_of("campaign", "A campaign, unique within the platform.")]
PledgeId = Annotated[str, id_of("pledge", "A pledge, unique within the platform.")]
LoanId = Annotated[str, id_of("loan", "A loan, unique within the platform.")]
BidId = Annotated[str, id_of("bid", "A bid on a loan, unique within the platform.")]
RepaymentId = Annotated[str, id_of("repayment", "A repayment, unique within the platform.")]
DisclosureId = Annotated[str, id_of("disclosure", "A filed document, unique within the platform.")]
DepositId = Annotated[str, id_of("deposit", "A deposit, unique within the platform.")]
WithdrawalId = Annotated[str, id_of("withdrawal", "A withdrawal, unique within the platform.")]
TransferId = Annotated[str, id_of("transfer", "A reported transfer, unique within its source.")]
ComplaintId = Annotated[str, id_of("complaint", "A complaint, unique within its source.")]
AnyId = Annotated[str, Meta(pattern=ID_PATTERN)]

Amount = Annotated[int, Meta(ge=1, le=MAX_AMOUNT, description="Money in minor units of the currency, above zero.")]
AmountOrZero = Annotated[int, Meta(ge=0, le=MAX_AMOUNT, description="Money in minor units, zero or above.")]
Figure = Annotated[int, Meta(ge=-MAX_AMOUNT, le=MAX_AMOUNT)]
CurrencyCode = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z", description="ISO 4217 code.", extra={"check": "currency"})]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z", description="ISO 3166-1 alpha-2 code.")]
Decimal = Annotated[str, Meta(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,12})?\Z", description='A decimal: "0.154" is 15.4 %.')]
Rate = Annotated[str, Meta(pattern=r"^[0-9]{1,6}(\.[0-9]{1,12})?\Z", description='A yearly rate: "0.154" is 15.4 %.')]
Share = Annotated[str, Meta(pattern=r"^(0(\.[0-9]{1,12})?|1(\.0{1,12})?)\Z", description="A decimal from 0 to 1.")]
Text = Annotated[str, Meta(min_length=1, max_length=2000, pattern=TEXT_PATTERN)]
Short = Annotated[str, Meta(min_length=1, max_length=200, pattern=TEXT_PATTERN)]
Hash = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=TEXT_PATTERN, description="Opaque hash made by the platform.")
]
Month = Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])\Z", description="A month, YYYY-MM.")]
Date = Annotated[
    str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", description="A date, YYYY-MM-DD.", extra={"check": "date"})
]
Until = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9:.Zz+-]{9,30})?\Z",
        description="RFC 3339 time, or a date: then the end of that day at the UTC offset of the event's `time`.",
        extra={"check": "until"},
    ),
]
Moment = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.Zz+-]{9,30}\Z",
        description="RFC 3339 time.",
        extra={"check": "until"},
    ),
]
PlatformKind = Literal["reward", "equity", "lending", "donation"]


class Data(Struct, frozen=True, gc=False, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What every event's `data` may carry beside its own fields.

    A class whose fields must fit together has a method `verify(self) -> None` that raises ValueError.
    """

    TYPE: ClassVar[str]
    # Who may say this: `platform`, `registry`, `either` of the two, or `system` (the risk monitor, and the registry).
    SENDER: ClassVar[str] = "platform"

    extra: dict[str, str] | UnsetType = UNSET  # kept and given back, never interpreted; at most 4 KiB


class Channel(Struct, frozen=True, gc=False, forbid_unknown_fields=True, omit_defaults=True):
    """Through what an instruction came: opaque hashes, equal where the thing behind them is the same."""

    ip: Hash | UnsetType = UNSET
    device: Hash | UnsetType = UNSET
    payment: Hash | UnsetType = UNSET


class About(Struct, frozen=True, forbid_unknown_fields=True):
    """The thing a disclosure or complaint is about."""

    kind: Literal["campaign", "loan", "platform", "party"]
    id: AnyId
