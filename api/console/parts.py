"""What an event says, part by part, for people to read: amounts as money, keys as names, the rest as it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from msgspec import UNSET, Struct
from msgspec.structs import fields

from api.console.sentences import label_of
from api.console.speech import Speech
from api.console.words import (
    CAMPAIGN_STATUSES,
    FUNDINGS,
    N_,
    OUTCOMES,
    REPAYMENTS,
    SANCTIONS,
    SEVERITIES,
    STAKES,
    known,
)
from ledger.events.alerts import AlertFound
from ledger.events.naming import referred
from ledger.recorded import Recorded

MONEY: Final = frozenset(
    {
        "amount", "balance", "goal", "cap", "minimum", "principal", "interest", "penalty", "fee", "price", "value",
        "annual_income", "net_worth", "financial_assets", "limit",
    }
)  # fmt: skip
# Accounts of promises and claims: the same sum seen from the other side, where money moves as well.
MIRRORS: Final = ("receivable/", "pledged/", "claim/", "principal/")
SUMS: Final = ("amount", "balance", "goal")  # what an event is about is shown beside its title
RATES: Final = frozenset({"annual_rate", "promised_return", "share"})
# Codes that have words; times to the second.
VOCABULARIES: Final = {
    "outcome": {**CAMPAIGN_STATUSES, **OUTCOMES},
    "repayment": REPAYMENTS,
    "funding": FUNDINGS,
    "severity": SEVERITIES,
    "kind": {**STAKES, **SANCTIONS, "person": N_("Person"), "organisation": N_("Organisation")},
}
_DAY_LENGTH: Final = len("2026-01-31")
TIMES: Final = frozenset({"deadline", "raise_until", "retry_at", "reconfirm_by"})
# Shown elsewhere on the line, or not for reading.
LEFT_OUT: Final = frozenset({"currency", "extra", "digest", "fingerprint", "law", "until", "purpose"})
LABELS: Final = {
    "about": N_("Concerns"),
    "agency": N_("Agency"),
    "alert": N_("Alert"),
    "alerts": N_("Alerts"),
    "assignee": N_("Assigned to"),
    "by": N_("By whom"),
    "channel": N_("Channel"),
    "collateral": N_("Collateral"),
    "en": N_("Reason"),
    "evidence": N_("Evidence"),
    "evidence_count": N_("Events of evidence"),
    "figures": N_("Figures"),
    "first_day": N_("First day"),
    "id": N_("Identifier"),
    "identity": N_("Identity document"),
    "key": N_("What makes it one matter"),
    "last_day": N_("Last day"),
    "media_type": N_("Kind of file"),
    "mute": N_("Mute"),
    "number": N_("Number"),
    "other": N_("Other party"),
    "params": N_("Thresholds"),
    "reference": N_("Reference"),
    "rule": N_("Rule"),
    "scheme": N_("Numbering scheme"),
    "score": N_("Score"),
    "severity": N_("Severity"),
    "shareable": N_("The platform sees it"),
    "size": N_("Size in bytes"),
    "status": N_("Status"),
    "value": N_("Value"),
    "version": N_("Version"),
    "zh": N_("Reason"),
    "account": N_("Account"),
    "begins": N_("First day"),
    "case": N_("Case"),
    "limit": N_("Limit"),
    "sanction": N_("Sanction"),
    "subject": N_("Concerns"),
    "accredited": N_("Accredited"),
    "amended_at": N_("Amended at"),
    "amends": N_("Amends"),
    "amount": N_("Amount"),
    "annual_income": N_("Yearly income"),
    "annual_rate": N_("Yearly rate"),
    "as_of": N_("As of"),
    "balance": N_("Balance"),
    "base": N_("Base currency"),
    "bid": N_("Bid"),
    "borrower": N_("Borrower"),
    "buyer": N_("Buyer"),
    "campaign": N_("Campaign"),
    "cap": N_("Upper limit"),
    "category": N_("Category"),
    "citation": N_("Citation"),
    "complaint": N_("Complaint"),
    "corrects": N_("Corrects"),
    "replacement": N_("Replaced by"),
    "asked_by": N_("Asked for by"),
    "correction": N_("Correction"),
    "country": N_("Country"),
    "date": N_("Date"),
    "deadline": N_("Deadline"),
    "deposit": N_("Deposit"),
    "device": N_("Device"),
    "disclosure": N_("Disclosure"),
    "due": N_("Due"),
    "experience_years": N_("Years of experience"),
    "fee": N_("Fee"),
    "financial_assets": N_("Financial assets"),
    "funding": N_("Funding"),
    "goal": N_("Goal"),
    "guarantor": N_("Guarantor"),
    "industry": N_("Industry"),
    "insurer": N_("Insurer"),
    "interest": N_("Interest"),
    "investor": N_("Investor"),
    "ip": N_("IP address"),
    "issuer": N_("Issuer"),
    "jurisdiction": N_("Jurisdiction"),
    "kind": N_("Kind"),
    "kinds": N_("Kinds"),
    "knowledge_passed": N_("Knowledge test passed"),
    "licence": N_("Licence"),
    "loan": N_("Loan"),
    "material": N_("Material"),
    "method": N_("Method"),
    "metrics": N_("Figures"),
    "minimum": N_("Minimum"),
    "month": N_("Month"),
    "name": N_("Name"),
    "net_worth": N_("Net worth"),
    "note": N_("Note"),
    "outcome": N_("Outcome"),
    "party": N_("Party"),
    "payee": N_("Payee"),
    "payer": N_("Payer"),
    "payment": N_("Means of payment"),
    "penalty": N_("Penalty"),
    "period": N_("Period"),
    "person": N_("Pseudonym"),
    "platform": N_("Platform"),
    "pledge": N_("Pledge"),
    "price": N_("Price"),
    "principal": N_("Principal"),
    "promised_return": N_("Promised return"),
    "purpose": N_("Purpose"),
    "provider": N_("Provider"),
    "quote": N_("Quote currency"),
    "rate": N_("Exchange rate"),
    "raise_until": N_("Raising until"),
    "reason": N_("Reason"),
    "reconfirm_by": N_("Reconfirm by"),
    "region": N_("Region"),
    "relation": N_("Relation"),
    "repayment": N_("Repayment"),
    "retry_at": N_("Tried again at"),
    "seller": N_("Seller"),
    "share": N_("Share"),
    "sophisticated": N_("Sophisticated"),
    "term_months": N_("Months"),
    "text": N_("Text"),
    "title": N_("Title"),
    "to": N_("To"),
    "transfer": N_("Transfer"),
    "valid_to": N_("Valid to"),
    "window": N_("Time limit"),
    "withdrawal": N_("Withdrawal"),
}


# Fields that name another entity, and of which kind it is.
REFERS: Final = {
    "pledge": "pledge", "campaign": "campaign", "loan": "loan", "party": "party", "investor": "party",
    "issuer": "party", "borrower": "party", "payer": "party", "payee": "party", "seller": "party", "buyer": "party",
    "guarantor": "party", "other": "party",
}  # fmt: skip


# How an alert was worked out: its own page has it by name and with units, this event's page as it was sent.
WORKINGS: Final = {"alert.found": frozenset({"key", "subject", "figures", "params", "evidence", "shareable"})}


class Part(NamedTuple):
    """One fact of an event: label and value as they are shown; `names` is the key of the entity that it names."""

    label: str
    value: str
    names: str | None = None


def parts(event: Recorded, say: Speech) -> list[Part]:
    """The facts that an event's data give, in their own order; of a finding its sentence, in the reader's language."""
    if isinstance(event.data, AlertFound):
        return _finding(event.data, say)
    currency = _currency(event)
    left_out = LEFT_OUT | WORKINGS.get(event.type, frozenset()) | {"zh" if say.tag == "en" else "en"}
    return [
        Part(say.text(known(LABELS, name)), _value(name, value, currency, say), _names(event, name, value))
        for name, value in _given(event.data)
        if name not in left_out and name not in SUMS
    ]


def _finding(data: AlertFound, say: Speech) -> list[Part]:
    why = data.reason.en if say.tag == "en" else data.reason.zh
    return [
        Part(say.text(N_("Rule")), f"{data.rule}@{data.version}", None),
        Part(say.text(N_("Severity")), say.text(SEVERITIES[data.severity]), None),
        Part(say.text(N_("Why")), why, None),
    ]


def moved(event: Recorded, say: Speech) -> str | None:
    """The amount that an event is about: what it names, else what its postings moved; None where it is about none.

    A promise that is settled in the same entry is not counted beside the money that settles it.
    """
    for name in SUMS:
        value = getattr(event.data, name, None)
        if isinstance(value, int) and (currency := _currency(event)):
            return say.money(value, currency)
    sums: dict[str, int] = {}
    money = [each for each in event.postings if not each.account.startswith(MIRRORS)]
    for posting in money or event.postings:
        if posting.amount > 0:
            sums[posting.currency] = sums.get(posting.currency, 0) + posting.amount
    return say.listed(say.money(amount, currency) for currency, amount in sorted(sums.items())) or None


def _names(event: Recorded, name: str, value: Any) -> str | None:
    kind = REFERS.get(name)
    if kind is None or not isinstance(value, str) or (event.type == "fee.charged" and name == "payer"):
        return None  # who pays a fee is told by its part: issuer, borrower, investor
    return referred(kind, event.scope, value)


def _given(data: Struct) -> Iterator[tuple[str, Any]]:
    """Fields that were sent; those of a nested struct follow in its place."""
    for field in fields(data):
        value = getattr(data, field.name)
        if value is UNSET or value is None:
            continue
        if isinstance(value, Struct):
            yield from _given(value)
        else:
            yield field.name, value


def _currency(event: Recorded) -> str | None:
    own = getattr(event.data, "currency", None)
    if isinstance(own, str):
        return own
    return event.postings[0].currency if event.postings else None


def _value(name: str, value: Any, currency: str | None, say: Speech) -> str:
    if isinstance(value, bool):
        return say.text(N_("yes")) if value else say.text(N_("no"))
    if isinstance(value, int):
        return say.money(value, currency) if name in MONEY and currency else say.number(value)
    if isinstance(value, dict):
        return say.listed(f"{label_of(key, say)} {one}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return say.listed(str(one) for one in value)
    return _worded(name, str(value), say)


def _worded(name: str, value: str, say: Speech) -> str:
    if name in VOCABULARIES:
        return say.text(known(VOCABULARIES[name], value))
    if name in TIMES:
        return say.day(value) if len(value) == _DAY_LENGTH else say.moment(datetime.fromisoformat(value.upper()))
    return say.rate(value) if name in RATES else value
