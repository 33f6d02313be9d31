"""Exposure over affiliates and in one currency: what is shown rests on reported relations and rates, or isn't shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.house import HUIZHONG, RIVAL, House, assert_problem, event

PATH = f"/v1/parties/{HUIZHONG}/ann/exposure"
PERSON = {"kind": "person", "identity": {"scheme": "us-ssn", "number": "078-05-1121"}}
NOW = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
SOON = (datetime.now(UTC) + timedelta(days=30)).isoformat()


def offering(source: str, name: str, issuer: str, currency: str, jurisdiction: str) -> list[dict[str, Any]]:
    about = {
        "campaign": name, "kind": "equity", "issuer": issuer, "title": "Lamp", "goal": 100, "currency": currency,
        "deadline": SOON, "funding": "keep_what_you_raise", "jurisdiction": jurisdiction,
    }  # fmt: skip
    who = {"party": issuer, "kind": "organisation", "identity": {"scheme": "ein", "number": f"{source}-{issuer}"}}
    return [event("party.registered", who, source), event("campaign.opened", about, source, time=NOW)]


def put(source: str, name: str, campaign: str, who: str, amount: int, currency: str) -> dict[str, Any]:
    data = {"pledge": name, "campaign": campaign, "investor": who, "amount": amount, "currency": currency}
    return event("pledge.made", data, source, time=NOW)


def rate(base: str, quote: str, value: str, day: str) -> dict[str, Any]:
    data = {"base": base, "quote": quote, "rate": value, "date": day, "provider": "a bank"}
    return event("rate.reported", data, "registry")


@pytest.fixture(scope="module", autouse=True)
def _told(house: House) -> None:
    for who, source in (("huizhong", HUIZHONG), ("rival", RIVAL)):
        licence = {"platform": who, "kinds": ["equity"], "licence": f"T-{who}"}
        house.tell("registry", [event("platform.licensed", licence, "registry")])
        house.tell(who, [event("party.registered", {"party": "ann", **PERSON}, source)])
    house.tell("huizhong", offering(HUIZHONG, "C-one", "I-one", "USD", "US"))
    house.tell("rival", offering(RIVAL, "C-two", "I-two", "EUR", "DE"))
    house.tell("huizhong", [put(HUIZHONG, "p1", "C-one", "ann", 10_000, "USD")])
    house.tell("rival", [put(RIVAL, "p2", "C-two", "ann", 20_000, "EUR")])
    house.catch_up()


def test_without_a_rate_it_is_not_provable(house: House) -> None:
    body = house.get("registry", PATH, currency="CNY").json()
    assert body["converted"]["outcome"] == "not_provable"
    assert "EUR to CNY" in body["converted"]["why"]
    assert body["converted"]["sums"] == []
    assert house.get("registry", PATH).json()["converted"] is None
    assert_problem(house.get("registry", PATH, currency="ZZZ"), 422, "invalid_parameter")


def test_with_rates_it_is_one_sum_that_names_them(house: House) -> None:
    house.tell("registry", [rate("USD", "CNY", "7", "2026-01-01"), rate("USD", "CNY", "7.5", "2026-01-05")])
    house.tell("registry", [rate("CNY", "EUR", "0.125", "2026-01-03"), rate("USD", "CNY", "9", "2999-01-01")])
    house.catch_up()
    found = house.get("registry", PATH, currency="CNY").json()["converted"]
    assert (found["outcome"], found["sums"][0]["at_stake"]) == ("converted", 75_000 + 160_000)
    assert [(each["base"], each["rate"], each["date"]) for each in found["rates"]] == [
        ("CNY", "0.125", "2026-01-03"), ("USD", "7.5", "2026-01-05"),
    ]  # fmt: skip


def test_eligibility_converts_by_the_same_rates(house: House) -> None:
    """What is declared in euro bounds what may be put in in dollars, once a rate between the two is there."""
    declared = {"investor": "ann", "jurisdiction": "US", "currency": "EUR", "annual_income": 3_000_000, "net_worth": 0}
    house.tell("huizhong", [event("investor.declared", declared)])
    asked = {"investor": "ann", "campaign": "C-one", "amount": 1}

    def check() -> dict[str, Any]:
        with house.client("huizhong") as client:
            checks = client.post("/v1/eligibility", json=asked).json()["checks"]
        (found,) = [each for each in checks if each["rule"] == "us.regcf.investor_limit"]
        return dict(found)

    assert (check()["outcome"], check()["rates"]) == ("not_provable", [])
    house.tell("registry", [rate("EUR", "USD", "2", "2026-01-03")])
    found = check()
    assert (found["outcome"], found["limit"], found["used"]) == ("pass", 300_000, 10_000)
    assert [each["rate"] for each in found["rates"]] == ["2"]


def test_a_group_is_shown_by_the_events_that_make_it_one(house: House) -> None:
    before = datetime.now(UTC).isoformat()
    owns = {"party": "huizhong:I-one", "to": "rival:I-two", "relation": "owner", "share": "0.25"}
    small = {"party": "huizhong:ann", "to": "rival:I-two", "relation": "owner", "share": "0.24"}
    house.tell(
        "registry", [event("party.related", each, "registry", name=f"r-{each['share']}") for each in (owns, small)]
    )
    house.catch_up()
    body = house.get("registry", PATH).json()
    assert [each["party"] for each in body["group"]["parties"]] == ["ann", "ann"], "a quarter is what counts"
    (group,) = (
        body["counterparty_groups"]
        if len({e["currency"] for e in body["counterparties"]}) == 1
        else [body["counterparty_groups"][0]]
    )
    assert {each["party"] for each in group["parties"]} == {"I-one", "I-two"}
    issuer = house.get("registry", f"/v1/parties/{RIVAL}/I-two/exposure").json()["group"]
    assert [(each["relation"], each["share"]) for each in issuer["relations"]] == [("owner", "0.25")]
    assert issuer["relations"][0]["position"] > 0
    then = house.get("registry", f"/v1/parties/{RIVAL}/I-two/exposure", known_at=before).json()["group"]
    assert [each["party"] for each in then["parties"]] == ["I-two"], "it was not known then"
    assert house.get("huizhong", PATH).json()["group"] is None
    assert [each["contract"] for each in body["contracts"]] == ["C-two", "C-one"]


def test_the_issuers_cap_counts_its_affiliates(house: House) -> None:
    """C-three is of an affiliate of I-one's on the other platform, and has raised all but a dollar of five million."""
    house.tell("rival", offering(RIVAL, "C-three", "I-three", "USD", "US"))
    house.tell("rival", [put(RIVAL, "p3", "C-three", "ann", 499_990_000 - 100, "USD")])
    ask = {"investor": "ann", "campaign": "C-one", "amount": 101}

    def used() -> tuple[str, int]:
        with house.client("huizhong") as client:
            checks = client.post("/v1/eligibility", json=ask).json()["checks"]
        (found,) = [each for each in checks if each["rule"] == "us.regcf.issuer_cap"]
        return found["outcome"], found["used"]

    assert used() == ("pass", 10_000)
    same = {"party": "rival:I-three", "to": "huizhong:I-one", "relation": "same_controller"}
    house.tell("registry", [event("party.related", same, "registry", name="same-control")])
    assert used() == ("breach", 499_999_900)
