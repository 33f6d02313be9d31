"""The rows of Open Collective's tables, read strictly: legs of the double entry, accounts, orders; which legs mirror.

An entry is two rows of one TransactionGroup: a CREDIT of who receives and a DEBIT of who pays, each naming the other.
The CREDIT's amount is what was paid, its net what arrived after fees; the DEBIT says both from the other side, so that
`credit.amount == -debit.net` and `debit.amount == -credit.net`. Older rows give fees without, newer with a minus.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from ledger.kernel.money import is_currency
from ops.importers.base import Rejected
from ops.importers.parse import MINOR_MAX, identifier, moment

FEES = ("platform", "host", "paymentProcessor")
LEG_COLUMNS = (
    "id", "type", "amount", "currency", "createdAt", "deletedAt", "CollectiveId", "FromCollectiveId",
    "HostCollectiveId", "TransactionGroup", "OrderId", "ExpenseId", "platformFeeInHostCurrency",
    "hostFeeInHostCurrency", "paymentProcessorFeeInHostCurrency", "hostCurrency", "hostCurrencyFxRate",
    "netAmountInCollectiveCurrency", "kind", "isRefund", "RefundTransactionId",
)  # fmt: skip
ACCOUNT_COLUMNS = ("id", "name", "slug", "currency", "createdAt", "type", "HostCollectiveId", "countryISO")
ORDER_COLUMNS = (
    "id", "CollectiveId", "FromCollectiveId", "currency", "totalAmount", "createdAt", "updatedAt", "deletedAt",
    "status", "interval",
)  # fmt: skip

_INTEGER = re.compile(r"-?\d{1,15}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_CAMPAIGNS = frozenset({"COLLECTIVE", "EVENT", "PROJECT", "FUND"})


class Account(NamedTuple):
    """Anybody on the platform; of some, money is raised for a cause."""

    id: str
    name: str
    slug: str
    is_person: bool
    is_campaign: bool
    currency: str
    created: str
    country: str  # empty where not said
    host: str


class Order(NamedTuple):
    """A promise to give, once or again and again. Money in minor units."""

    id: str
    account: str  # that it is for
    giver: str
    amount: int
    currency: str
    created: str
    ended: str  # when its status was set last, or it was deleted
    status: str
    interval: str


class Leg(NamedTuple):
    """One side of an entry. Money in minor units of `currency`; fees are not below zero, in FEES' order."""

    id: str
    is_credit: bool
    amount: int
    net: int
    currency: str
    in_host_currency: bool
    fees: tuple[int, int, int]
    created: str
    deleted: str  # empty while the row is alive
    account: str
    other: str
    host: str
    order: str
    expense: str
    kind: str
    is_refund: bool
    refunds: str  # id of the leg that a refund turns back


class Pair(NamedTuple):
    """Two legs that mirror each other."""

    credit: Leg
    debit: Leg


class Read(NamedTuple):
    """A row of transactions.csv as far as it could be read."""

    cells: dict[str, str] | None
    leg: Leg | None
    reason: str | None

    @property
    def labels(self) -> tuple[str, ...]:
        """`live` or `deleted`, kind, currencies, group: also of a row that gives no event."""
        if self.cells is None:
            return ("", "", "", "")
        state = "deleted" if self.cells["deletedAt"] else "live"
        currencies = f"{self.cells['currency']}/{self.cells['hostCurrency']}"
        return (state, self.cells["kind"], currencies, self.cells["TransactionGroup"])


class Entry(NamedTuple):
    """A group that gives events: its living pair, or a deleted one that stands alone."""

    pair: Pair
    rows: list[Read]

    @property
    def when(self) -> tuple[str, int, str]:
        """By time, then by number."""
        return (self.pair.credit.created, len(self.pair.credit.id), self.pair.credit.id)


def account(row: Mapping[str, str]) -> Account:
    """A row of collectives.csv. Raises Rejected."""
    kind = row["type"]
    is_campaign = kind in _CAMPAIGNS
    if is_campaign and not is_currency(row["currency"]):
        raise Rejected("currency_unknown")
    return Account(
        identifier(row["id"]), row["name"].strip(), row["slug"].strip(), kind == "USER", is_campaign, row["currency"],
        time_of(row["createdAt"]), row["countryISO"] if _COUNTRY.fullmatch(row["countryISO"]) else "",
        row["HostCollectiveId"],
    )  # fmt: skip


def order(row: Mapping[str, str]) -> Order:
    """A row of orders.csv. Raises Rejected."""
    if row["totalAmount"] in {"", "0"}:
        raise Rejected("no_amount")
    created = time_of(row["createdAt"])
    ended = time_of(row["deletedAt"] or row["updatedAt"] or row["createdAt"])
    return Order(
        identifier(row["id"]), identifier(row["CollectiveId"]), identifier(row["FromCollectiveId"]),
        positive(integer(row["totalAmount"])), row["currency"], created, max(created, ended), row["status"],
        row["interval"],
    )  # fmt: skip


def leg(row: Mapping[str, str]) -> Leg:
    """A row of transactions.csv. Raises Rejected."""
    if row["type"] not in {"CREDIT", "DEBIT"}:
        raise Rejected("type_unknown")
    fees = [abs(integer(row[f"{name}FeeInHostCurrency"] or "0")) for name in FEES]
    return Leg(
        identifier(row["id"]), row["type"] == "CREDIT", integer(row["amount"]),
        integer(row["netAmountInCollectiveCurrency"]), row["currency"],
        row["currency"] == row["hostCurrency"], (fees[0], fees[1], fees[2]), time_of(row["createdAt"]),
        time_of(row["deletedAt"]) if row["deletedAt"] else "", identifier(row["CollectiveId"]),
        identifier(row["FromCollectiveId"]), _named(row["HostCollectiveId"]), _named(row["OrderId"]),
        _named(row["ExpenseId"]), row["kind"], row["isRefund"] == "t", row["RefundTransactionId"],
    )  # fmt: skip


def _named(text: str) -> str:
    """An identifier, or nothing where none is given."""
    return identifier(text) if text else ""


def pair(legs: list[Leg]) -> Pair:
    """The entry that the legs of one group are. Raises Rejected where they are no two that mirror each other."""
    if sorted(each.is_credit for each in legs) != [False, True]:
        raise Rejected("no_mirror")
    debit, credit = sorted(legs, key=lambda each: each.is_credit)
    same = ("currency", "in_host_currency", "created", "host", "order", "expense", "kind", "is_refund")
    if (
        (credit.account, credit.other) != (debit.other, debit.account)
        or (credit.amount, credit.net) != (-debit.net, -debit.amount)
        or any(getattr(credit, name) != getattr(debit, name) for name in same)
        or (credit.fees[0], credit.fees[2]) != (debit.fees[0], debit.fees[2])  # the host's share stands at one side
        or credit.amount - sum(credit.fees) != credit.net
    ):
        raise Rejected("not_mirrored")
    return Pair(credit, debit)


def integer(text: str) -> int:
    """Minor units."""
    if not _INTEGER.fullmatch(text) or abs(int(text)) > MINOR_MAX:
        raise Rejected("amount_unreadable")
    return int(text)


def positive(amount: int) -> int:
    """An amount that an event can carry."""
    if amount < 1:
        raise Rejected("amount_not_positive")
    return amount


def time_of(text: str) -> str:
    """PostgreSQL's way to write a time, `2016-02-08 20:25:07.752+00`, as RFC 3339."""
    rfc = text.replace(" ", "T", 1)
    return moment(rfc + ":00" if re.search(r"[+-]\d\d\Z", rfc) else rfc)
