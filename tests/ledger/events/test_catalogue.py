"""The vocabulary: what is refused as malformed, which keys an event names, what goes into the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from ledger.events import catalogue
from ledger.events.checks import until
from ledger.kernel.canonical import canonical

PLEDGE = {"pledge": "P-1", "campaign": "C-9", "investor": "U-77", "amount": 50_000, "currency": "CNY"}


CONTRACT = [
    "platform.registered",
    "platform.licensed",
    "platform.suspended",
    "platform.reinstated",
    "platform.closed",
    "party.registered",
    "party.verified",
    "party.related",
    "investor.declared",
    "campaign.opened",
    "campaign.amended",
    "campaign.closed",
    "campaign.delivered",
    "pledge.made",
    "pledge.collected",
    "pledge.cancelled",
    "pledge.reconfirmed",
    "pledge.refunded",
    "disclosure.filed",
    "funds.released",
    "fee.charged",
    "deposit.received",
    "withdrawal.requested",
    "withdrawal.paid",
    "withdrawal.rejected",
    "loan.listed",
    "loan.disbursed",
    "loan.lapsed",
    "repayment.received",
    "loan.restructured",
    "guarantee.declared",
    "loan.defaulted",
    "loan.written_off",
    "loan.settled",
    "bid.placed",
    "bid.withdrawn",
    "claim.transferred",
    "custody.reported",
    "transfer.reported",
    "platform.reported",
    "complaint.filed",
    "event.corrected",
]


def test_the_contracts_table_is_whole() -> None:
    assert len(CONTRACT) == 42
    assert set(CONTRACT) <= catalogue.TYPES.keys()
    for name, data in catalogue.TYPES.items():
        assert name == data.TYPE
        assert data.SENDER in {"platform", "registry", "either", "system"}
        assert data.__doc__, f"{name} doesn't say what it means"


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": 50_000.0},
        {"amount": True},
        {"amount": "50000"},
        {"amount": 2**53},
        {"amount": None},
        {"currency": "cny"},
        {"currency": "CNY\n"},
        {"pledge": ""},
        {"pledge": "P 1"},
        {"pledge": "P-1\n"},
        {"pledge": "P/1"},
        {"pledge": "x" * 129},
        {"pledge": 7},
        {"colour": "red"},
        {"channel": {"ip": ""}},
        {"channel": {"wifi": "x"}},
        {"extra": "x"},
        {"extra": {"a": 1}},
    ],
)
def test_malformed_data_is_not_converted(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        catalogue.convert("pledge.made", {**PLEDGE, **wrong})


@pytest.mark.parametrize("field", ["pledge", "campaign", "investor", "amount", "currency"])
def test_a_field_is_missing(field: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=field):
        catalogue.convert("pledge.made", {name: value for name, value in PLEDGE.items() if name != field})


def test_an_unknown_type_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        catalogue.convert("pledge.dreamt", PLEDGE)


def test_ids_of_any_allowed_character_and_length() -> None:
    longest = "aZ09._:-" * 16
    data = catalogue.convert("pledge.made", {**PLEDGE, "pledge": longest})
    assert catalogue.references("huizhong", data)[1] == f"pledge:huizhong/{longest}"


def test_the_platform_is_named_first() -> None:
    data = catalogue.convert("pledge.made", PLEDGE)
    assert catalogue.references("huizhong", data) == (
        "platform:huizhong", "pledge:huizhong/P-1", "campaign:huizhong/C-9", "party:huizhong/U-77",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "kind", "data", "keys"),
    [
        ("registry", "platform.licensed", {"platform": "huizhong"}, ("platform:huizhong",)),
        ("huizhong", "investor.declared", {"investor": "U", "jurisdiction": "CN", "currency": "CNY"},
         ("platform:huizhong", "party:huizhong/U", "declaration:huizhong/U")),
        ("huizhong", "disclosure.filed",
         {"disclosure": "F", "about": {"kind": "loan", "id": "L"}, "category": "x", "amends": "E"},
         ("platform:huizhong", "disclosure:huizhong/F", "disclosure:huizhong/E", "loan:huizhong/L")),
        ("registry", "complaint.filed",
         {"complaint": "K", "about": {"kind": "campaign", "id": "huizhong:C"}, "category": "x"},
         ("complaint:registry/K", "campaign:huizhong/C")),
        ("huizhong", "event.corrected", {"corrects": "0193/x", "reason": "x"},
         ("platform:huizhong", "correction:huizhong/0193/x")),
        ("huizhong", "fee.charged", {"loan": "L", "amount": 1, "payer": "borrower"},
         ("platform:huizhong", "loan:huizhong/L")),
    ],
)  # fmt: skip
def test_keys_that_an_event_names(scope: str, kind: str, data: dict[str, Any], keys: tuple[str, ...]) -> None:
    assert catalogue.references(scope, catalogue.convert(kind, data)) == keys


def test_a_body_reads_back_as_what_was_sent() -> None:
    sent = {"specversion": "1.0", "id": "1", "source": "platform:x", "type": "pledge.made", "time": "", "data": PLEDGE}
    body = canonical(sent)
    assert catalogue.decode_body(body) == catalogue.convert("pledge.made", PLEDGE)
    assert catalogue.decode_body(body.decode()) == catalogue.convert("pledge.made", PLEDGE)


@pytest.mark.parametrize("kind", ["person", "organisation"])
def test_personal_data_is_taken_out(kind: str) -> None:
    sent = {"party": "U", "kind": kind, "name": "Wang Wei", "identity": {"scheme": "s", "number": "n"}, "region": "BJ"}
    kept = catalogue.redact(sent, lambda scheme, number: f"{scheme}|{number}")
    assert kept == {"party": "U", "kind": kind, "region": "BJ", "person": "s|n"} | (
        {"name": "Wang Wei"} if kind == "organisation" else {}
    )
    assert "identity" in sent, "what was sent is not changed"
    body = canonical({"type": "party.registered", "data": kept})
    assert catalogue.decode_body(body).person == "s|n"


def test_a_sender_may_not_claim_to_be_a_person() -> None:
    with pytest.raises(msgspec.ValidationError, match="person"):
        catalogue.convert("party.registered", {"party": "U", "kind": "person", "person": "ab"})


@pytest.mark.parametrize(
    ("text", "offset", "instant"),
    [
        ("2026-03-02", timedelta(hours=8), datetime(2026, 3, 2, 15, 59, 59, 999_999, UTC)),
        ("2026-03-02", timedelta(hours=-5), datetime(2026, 3, 3, 4, 59, 59, 999_999, UTC)),
        ("2026-03-02T10:00:00+08:00", timedelta(), datetime(2026, 3, 2, 2, 0, 0, 0, UTC)),
        ("2026-03-02T10:00:00.5Z", timedelta(hours=8), datetime(2026, 3, 2, 10, 0, 0, 500_000, UTC)),
    ],
)
def test_until(text: str, offset: timedelta, instant: datetime) -> None:
    assert until(text, timezone(offset)) == instant


@pytest.mark.parametrize(
    "wrong",
    [
        {"deadline": "2026-03-02T10:00:00"},
        {"deadline": "1969-01-01"},
        {"deadline": "2026-W10-1"},
        {"deadline": "２０２６-03-02"},
        {"deadline": "2026-03-02 10:00:00Z"},
        {"deadline": '2026-03-02T10:00:00Z"'},
        {"deadline": "9999-12-31"},
        {"deadline": "0001-01-01T00:00:00+08:00"},
        {"currency": "RMB"},
        {"cap": 1},
    ],
)
def test_checks_beyond_types(wrong: dict[str, Any]) -> None:
    opened = {
        "campaign": "C", "kind": "reward", "issuer": "I", "title": "A kettle", "goal": 1_000, "currency": "CNY",
        "deadline": "2026-04-01", "funding": "all_or_nothing", "jurisdiction": "CN",
    }  # fmt: skip
    catalogue.check(catalogue.convert("campaign.opened", opened))
    with pytest.raises(ValueError, match=next(iter(wrong))):
        catalogue.check(catalogue.convert("campaign.opened", {**opened, **wrong}))
