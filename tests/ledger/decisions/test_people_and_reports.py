"""Platforms, parties, waiting money, and what is only observed and said."""

from __future__ import annotations

import pytest

from ledger.kernel.refusals import Code
from tests.ledger.given import Event, given
from tests.ledger.stories import (
    bid,
    campaign,
    deposit,
    funded,
    lent,
    licensed,
    loan,
    market,
    on_loan,
    on_pledge,
    on_withdrawal,
    party,
    platform,
    pledge,
    release,
    repayment,
    stands,
    withdrawal,
)

NEVER_LICENSED = [platform(), party("I"), party("B"), party("U")]
MARCH_10, MARCH_20 = "2026-03-10T00:00:00+08:00", "2026-03-20T00:00:00+08:00"
ENTRY = ("pledged/huizhong/C", -100), ("receivable/huizhong/U", 100)


def test_a_platform_is_known_by_one_name() -> None:
    given().when(platform()).then(platform={"kinds": ("reward", "lending")})
    given(platform()).when(platform()).then_refused(Code.ENTITY_EXISTS)
    given().when(platform("registry")).then_refused(Code.MALFORMED, "reserved")
    given().when(licensed()).then_waits_for("platform:huizhong")


@pytest.mark.parametrize("event", [platform(), licensed(), stands("closed", MARCH_10)])
def test_only_the_registry_speaks_about_platforms(event: Event) -> None:
    given(platform()).when(event.by("platform:huizhong")).then_refused(Code.SOURCE_NOT_YOURS)


def test_the_registry_does_no_business() -> None:
    given(market()).when(campaign().by("registry")).then_refused(Code.SOURCE_NOT_YOURS)
    given(market()).when(party("Z").by("system")).then_refused(Code.SOURCE_NOT_YOURS)
    given().when(party("Z").by("registry")).then(party={"kind": "person"}, tags=["party:registry/Z"])


def test_an_unknown_platform_is_not_waited_for() -> None:
    given().when(party("U")).then_refused(Code.PLATFORM_NOT_REGISTERED)


@pytest.mark.parametrize("event", [campaign(), pledge(), loan(), bid("b", 1)])
def test_new_business_needs_a_licence(event: Event) -> None:
    given(NEVER_LICENSED).when(event).then_refused(Code.PLATFORM_NOT_LICENSED, "no licence")


def test_a_licence_is_for_kinds() -> None:
    lending = licensed(kinds=["lending"])
    given(NEVER_LICENSED, lending).when(loan()).then(loan={"status": "listed"})
    given(NEVER_LICENSED, lending).when(campaign()).then_refused(Code.PLATFORM_NOT_LICENSED, "reward")
    given(NEVER_LICENSED, lending, licensed(kinds=["reward"])).when(campaign()).then(campaign={"kind": "reward"})
    # Without kinds: those that the platform registered, and no others.
    given(NEVER_LICENSED, licensed()).when(campaign(kind="equity")).then_refused(Code.PLATFORM_NOT_LICENSED)


def test_business_from_before_the_grant_is_let_in() -> None:
    given(NEVER_LICENSED, licensed().at(MARCH_20)).when(campaign()).then(campaign={"status": "open"})


def test_a_licence_ends_with_its_last_day() -> None:
    market_until = [*NEVER_LICENSED, licensed(valid_to="2026-03-10"), campaign()]
    given(market_until).when(pledge().at("2026-03-10T23:59:59+08:00")).then(*ENTRY)
    given(market_until).when(pledge().at("2026-03-11T00:00:00+08:00")).then_refused(Code.PLATFORM_NOT_LICENSED)
    renewed = [*market_until, licensed(valid_to="2027-03-10")]
    given(renewed).when(pledge().at("2026-03-11T00:00:00+08:00")).then(*ENTRY)


def test_suspended_from_then_until_reinstated_in_valid_time() -> None:
    story = [*market(), campaign(), stands("reinstated", MARCH_20), stands("suspended", MARCH_10)]
    given(story).when(pledge()).then(*ENTRY)
    given(story).when(pledge().at("2026-03-15T00:00:00Z")).then_refused(Code.PLATFORM_NOT_LICENSED, "suspended")
    given(story).when(pledge().at(MARCH_20)).then(*ENTRY)


@pytest.mark.parametrize("change", ["suspended", "closed"])
def test_running_business_is_run_off(change: str) -> None:
    story = [*funded(), deposit(5), stands(change, MARCH_10)]
    late = "2026-03-15T00:00:00Z"
    for event in (release(1), on_pledge("refunded", amount=1), withdrawal(1), party("Z"), deposit(1, name="D2")):
        given(story).when(event.at(late)).then_accepted()
    lending = [*lent(), stands(change, MARCH_10)]
    for event in (repayment(1), on_loan("defaulted"), on_loan("settled")):
        given(lending).when(event.at(late)).then_accepted()
    given(story).when(pledge("P2").at(late)).then_refused(Code.PLATFORM_NOT_LICENSED, change)


def test_a_person_is_known_by_a_keyed_hash_only() -> None:
    sent = party("Z", name="Wang Wei", identity={"scheme": "cn-id", "number": "110101199003070011"}, country="CN")
    end = given(platform()).when(sent).then(party={"country": "CN"})
    state = end.world.texts["party:huizhong/Z"]
    assert "Wang" not in state
    assert "1990" not in state
    assert len(end.world.get("party:huizhong/Z").person) == 64
    recorded = end.world.recorded("platform:huizhong", "e2").data
    assert type(recorded).__name__ == "PartyRecorded"


def test_a_person_may_be_on_many_platforms_but_an_id_is_given_once() -> None:
    identity = {"scheme": "cn-id", "number": "1"}
    two = [platform(), platform("beijia")]
    here, there = party("Z", identity=identity), party("Q", identity=identity).by("platform:beijia")
    end = given(two, here).when(there).then(party__Q={"kind": "person"})
    assert end.world.get("party:huizhong/Z").person == end.world.get("party:beijia/Q").person
    given(two, here).when(here).then_refused(Code.ENTITY_EXISTS)


def test_verified_and_related() -> None:
    checked = Event("party.verified", {"party": "U", "method": "bank_card"})
    given(market()).when(checked).then(party__U={"verified": 1})
    given(market()).when(checked.but(party="X")).then_waits_for("party:huizhong/X")
    related = Event("party.related", {"party": "U", "to": "I", "relation": "owner", "share": "0.6"})
    given(market()).when(related).then(tags=["party:huizhong/U", "party:huizhong/I"])
    given(market()).when(related.but(to="U")).then_refused(Code.MALFORMED)
    given(market()).when(related.but(party="X", to="Y")).then_waits_for("party:huizhong/X", "party:huizhong/Y")


def test_the_registry_names_a_platforms_things_with_the_platform() -> None:
    related = Event(
        "party.related", {"party": "huizhong:U", "to": "huizhong:I", "relation": "family"}, source="registry"
    )
    given(market()).when(related).then(tags=["party:huizhong/U", "party:huizhong/I"])
    complaint = Event(
        "complaint.filed",
        {"complaint": "K", "about": {"kind": "campaign", "id": "huizhong:C"}, "category": "delivery"},
        source="registry",
    )
    given(market(), campaign()).when(complaint).then(tags=["campaign:huizhong/C", "complaint:registry/K"])
    about = complaint.but(about={"kind": "platform", "id": "huizhong"})
    given(market()).when(about).then(tags=["platform:huizhong"])


def test_the_latest_declaration_counts() -> None:
    declared = Event(
        "investor.declared",
        {"investor": "U", "jurisdiction": "US", "currency": "USD", "annual_income": 11_000_000, "accredited": False},
    )
    given(market()).when(declared).then(declaration={"annual_income": 11_000_000, "net_worth": None})
    given(market(), declared.at(MARCH_10)).when(declared.but(annual_income=1)).then(
        declaration={"annual_income": 11_000_000}
    )
    given(market(), declared).when(declared.but(annual_income=1)).then(declaration={"annual_income": 1})
    given(market()).when(declared.but(investor="X")).then_waits_for("party:huizhong/X")
    given(market()).when(declared.but(currency="XYZ")).then_refused(Code.MALFORMED, "ISO 4217")


def test_deposits_wait_and_can_be_withdrawn_once() -> None:
    given(market()).when(deposit(70)).then(
        ("investor/huizhong/U", -70), ("cash/huizhong/U", 70), party__U={"cash": {"CNY": 70}}
    )
    asked = [*market(), deposit(70), withdrawal(70)]
    given(asked).when(on_withdrawal("paid")).then(
        ("cash/huizhong/U", -70), ("investor/huizhong/U", 70), party__U={"cash": {}}, withdrawal={"status": "paid"}
    )
    given(asked).when(on_withdrawal("rejected", reason="x")).then(withdrawal={"status": "rejected"})
    given(asked, on_withdrawal("paid")).when(on_withdrawal("paid")).then_refused(Code.WITHDRAWAL_NOT_OPEN)
    given(market(), withdrawal(70)).when(on_withdrawal("paid")).then_refused(Code.ESCROW_INSUFFICIENT, "0 CNY")
    given(market()).when(on_withdrawal("paid")).then_waits_for("withdrawal:huizhong/X")
    given(market()).when(deposit(1, "X")).then_waits_for("party:huizhong/X")
    given(market()).when(withdrawal(1, "X")).then_waits_for("party:huizhong/X")


def test_disclosures_and_complaints_are_about_something_known() -> None:
    filed = Event("disclosure.filed", {
        "disclosure": "F", "about": {"kind": "loan", "id": "L"}, "category": "annual", "figures": {"net": -5},
        "due": "2026-04-30", "amends": "F0",
    })  # fmt: skip
    given(lent()).when(filed).then(tags=["loan:huizhong/L", "disclosure:huizhong/F"])
    given(market()).when(filed).then_waits_for("loan:huizhong/L")
    given(lent(), filed).when(filed).then_refused(Code.ENTITY_EXISTS)
    given(lent()).when(filed.but(due="2026-02-30")).then_refused(Code.MALFORMED, "calendar")
    complaint = Event("complaint.filed", {"complaint": "K", "about": {"kind": "party", "id": "U"}, "category": "x"})
    given(market()).when(complaint).then(tags=["party:huizhong/U"])
    given(market()).when(complaint.but(about={"kind": "party", "id": "X"})).then_waits_for("party:huizhong/X")


def test_statements_are_taken_as_they_are() -> None:
    custody = Event("custody.reported", {"account": "6222 01", "balance": 0, "currency": "CNY", "as_of": "2026-03-01"})
    given(market()).when(custody).then(tags=["platform:huizhong"])
    given(market()).when(custody.but(balance=-1)).then_refused(Code.MALFORMED)
    given(market()).when(custody.but(as_of="yesterday")).then_refused(Code.MALFORMED)
    month = Event("platform.reported", {"month": "2026-02", "metrics": {"loans": 7, "overdue_rate": 0.031}})
    given(market()).when(month).then(tags=["platform:huizhong"])
    given(market()).when(month.but(metrics={"loans": float("inf")})).then_refused(Code.MALFORMED, "finite")
    seen = Event("transfer.reported", {"transfer": "T", "payer": "U", "payee": "V", "amount": 5, "currency": "CNY"})
    given(market()).when(seen).then(tags=["party:huizhong/U", "party:huizhong/V"])
    given(market(), seen).when(seen).then_refused(Code.ENTITY_EXISTS)
    given(market()).when(seen.but(payee="X")).then_waits_for("party:huizhong/X")


def test_extra_is_kept_within_bounds() -> None:
    given(market()).when(pledge(extra={"note": "x"}).but(campaign="C")).then_waits_for("campaign:huizhong/C")
    given(market()).when(pledge(extra={"note": "x" * 4097})).then_refused(Code.MALFORMED, "extra has")
    given(market()).when(pledge(extra={"note": "\0"})).then_refused(Code.MALFORMED, "NUL")
    given(market()).when(pledge(extra={"note": 5})).then_refused(Code.MALFORMED)
