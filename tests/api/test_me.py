"""`/v1/me/...`: her own over all platforms, whoever has the same ids elsewhere; limits as a platform is told them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.access import Herself
from tests.api.house import HUIZHONG, House, assert_problem, event
from tests.api.mine import (
    ANN,
    EVE,
    add_user,
    campaign,
    collected,
    just_now,
    person,
    pledge,
    registered,
    settle,
    signed_in,
)


@pytest.fixture(scope="module", autouse=True)
def _settled(house: House) -> None:
    settle(house)
    add_user(house, "ann", ANN)
    add_user(house, "eve", EVE)
    add_user(house, "nobody", {"scheme": "us-ssn", "number": "000-00-0000"})
    add_user(house, "platform-user", None, "platform")


@pytest.fixture(scope="module")
def ann(house: House) -> Iterator[httpx.Client]:
    with signed_in(house, "ann") as client:
        yield client


@pytest.fixture(scope="module")
def eve(house: House) -> Iterator[httpx.Client]:
    with signed_in(house, "eve") as client:
        yield client


def named(body: dict[str, Any]) -> set[tuple[str, str, int]]:
    return {(each["platform"]["id"], each["pledge"], each["amount"]) for each in body["items"]}


def test_her_own_over_three_platforms_and_nobody_elses(ann: httpx.Client, eve: httpx.Client) -> None:
    assert named(ann.get("/v1/me/pledges").json()) == {
        ("huizhong", "P-1", 5_000), ("rival", "P-2", 900), ("third", "P-1", 300),
    }  # fmt: skip
    assert named(eve.get("/v1/me/pledges").json()) == {("rival", "P-1", 70_000)}


def test_a_pledge_and_its_money(ann: httpx.Client) -> None:
    answer = ann.get("/v1/me/pledges")
    (one,) = [each for each in answer.json()["items"] if each["platform"]["id"] == "huizhong"]
    assert one["money"] == {
        "pledged": 5_000, "collected": 5_000, "refunded": 0, "in_escrow": 5_000, "released": 0, "fees": 0,
        "refund_due": 0,
    }  # fmt: skip
    assert (one["state"], one["currency"], one["campaign"]["status"]) == ("collected", "USD", "open")
    assert one["cancellable_until"] is not None, "Regulation Crowdfunding: until 48 hours before the deadline"
    assert "227.304(a)" in one["cancellation_citation"]
    assert int(answer.headers["Ledger-Position"]) == answer.json()["position"]


def test_pages(ann: httpx.Client, eve: httpx.Client) -> None:
    first = ann.get("/v1/me/pledges", params={"limit": 2}).json()
    rest = ann.get("/v1/me/pledges", params={"limit": 2, "cursor": first["next"]}).json()
    assert rest["next"] is None
    assert [each["position"] for each in first["items"] + rest["items"]] == sorted(
        (each["position"] for each in ann.get("/v1/me/pledges").json()["items"]), reverse=True
    )
    assert_problem(eve.get("/v1/me/pledges", params={"cursor": first["next"]}), 422, "invalid_parameter")
    assert_problem(ann.get("/v1/me/pledges", params={"page": 2}), 422, "invalid_parameter")
    assert_problem(ann.get("/v1/me/loans", params={"cursor": first["next"]}), 422, "invalid_parameter")


@pytest.mark.parametrize("path", ["/v1/me/pledges", "/v1/me/loans", "/v1/me/eligibility"])
def test_who_may_not(house: House, path: str) -> None:
    assert_problem(httpx.get(house.url + path), 401, "unauthenticated")
    assert_problem(house.get("registry", path), 401, "unauthenticated")  # a key is no investor's session
    with signed_in(house, "platform-user") as client:
        assert_problem(client.get(path), 403, "forbidden")
    with signed_in(house, "nobody") as client:
        assert client.get(path).json()["items"] == []


def test_a_loan_from_the_bid_to_the_interest(house: House, ann: httpx.Client) -> None:
    listed = {
        "loan": "L-1", "borrower": "B-1", "amount": 1_200, "currency": "USD", "annual_rate": "0.12", "term_months": 6,
        "repayment": "equal_instalments", "raise_until": "2024-06-01", "jurisdiction": "US",
    }  # fmt: skip
    house.tell(
        "huizhong",
        [
            event("party.registered", {"party": "B-1", "kind": "person"}),
            event("loan.listed", listed, time="2024-01-30T00:00:00Z"),
            *(bid(name, who, amount) for name, who, amount in (("B-1", "U-1", 400), ("B-2", "U-2", 800))),
        ],
    )
    house.catch_up()
    (waiting,) = ann.get("/v1/me/loans").json()["items"]
    assert (waiting["state"], waiting["bid"], waiting["lent"], waiting["next_due"]) == ("listed", 400, 0, None)
    paid = {"repayment": "R-1", "loan": "L-1", "principal": 195, "interest": 12}
    house.tell(
        "huizhong",
        [
            event("loan.disbursed", {"loan": "L-1"}, time="2024-01-31T00:00:00Z"),
            event("repayment.received", paid, time="2024-02-29T00:00:00Z"),
        ],
    )
    house.catch_up()
    (running,) = ann.get("/v1/me/loans").json()["items"]
    assert (running["lent"], running["principal_received"], running["outstanding_principal"]) == (400, 65, 335)
    assert (running["interest_received"], running["lost"], running["next_due"]) == (4, 0, "2024-03-31")
    assert running["days_past_due"] > 90
    assert running["next_due_amount"] == 207 * 335 // 1_005


def test_what_is_recovered_is_no_interest(house: House, ann: httpx.Client) -> None:
    """She lost 335; of 90 that come back of the whole 1,005 a third is hers, and makes good for the loss."""
    house.tell(
        "huizhong",
        [
            event("loan.written_off", {"loan": "L-1"}, time="2024-02-29T01:00:00Z"),
            event(
                "repayment.received",
                {"repayment": "R-2", "loan": "L-1", "principal": 90, "interest": 0},
                time="2024-02-29T02:00:00Z",
            ),
        ],
    )
    house.catch_up()
    (over,) = ann.get("/v1/me/loans").json()["items"]
    assert (over["outstanding_principal"], over["recovered"], over["lost"]) == (0, 30, 305)
    assert (over["principal_received"], over["interest_received"]) == (65, 4)


def bid(name: str, who: str, amount: int) -> dict[str, Any]:
    return event(
        "bid.placed", {"bid": name, "loan": "L-1", "investor": who, "amount": amount}, time="2024-01-30T01:00:00Z"
    )


def test_what_she_must_declare_is_named(eve: httpx.Client) -> None:
    (limit,) = eve.get("/v1/me/eligibility").json()["items"]
    assert limit["not_provable"] == ["annual_income", "net_worth"]
    assert (limit["limit"], limit["remaining"], limit["checks"][0]["outcome"]) == (None, None, "not_provable")


def test_limits_are_those_that_a_platform_is_told(house: House, ann: httpx.Client) -> None:
    declared = {
        "investor": "U-1", "jurisdiction": "US", "currency": "USD", "annual_income": 3_000_000, "net_worth": 2_000_000,
    }  # fmt: skip
    house.tell("huizhong", [event("investor.declared", declared, time=just_now())])
    (limit,) = ann.get("/v1/me/eligibility").json()["items"]
    with house.client("third") as client:
        told = client.post("/v1/eligibility", json={"investor": "U-9", "campaign": "C-1", "amount": 1}).json()
    (check,) = [each for each in told["checks"] if each["rule"] == limit["checks"][0]["rule"]]
    assert limit["checks"] == [check]
    assert (limit["limit"], limit["used"], limit["remaining"]) == (told["limit"], told["used"], told["remaining"])
    assert limit["used"] == 5_000 + 900 + 300
    assert sum(each["amount"] for each in limit["frees"]) == limit["used"]


def test_a_failed_campaign_owes_her_the_money(house: House, ann: httpx.Client) -> None:
    house.tell("huizhong", [*campaign(HUIZHONG, "C-2"), pledge("P-9", HUIZHONG, "U-1", 700, "C-2"), collected("P-9")])
    closed = {"campaign": "C-2", "outcome": "failed"}
    house.tell("huizhong", [event("campaign.closed", closed, time=just_now(10))])
    house.catch_up()
    one = ann.get("/v1/me/pledges", params={"limit": 1}).json()["items"][0]
    assert (one["pledge"], one["money"]["refund_due"], one["money"]["in_escrow"]) == ("P-9", 700, 700)
    assert one["cancellable_until"] is None


def test_a_party_that_was_erased_is_hers_no_more(house: House) -> None:
    """She is known twice on one platform; erasing one of the two takes its history from her, and nothing else."""
    number = {"scheme": "us-ssn", "number": "111-11-1111"}
    house.tell("rival", [registered("platform:rival", name, number) for name in ("old", "new")])
    house.catch_up()
    for kind, by in (("party.erasure_requested", "lin"), ("party.erased", "zhao")):
        said = {"party": "rival:old", "reason": "her request", "by": by}
        item = house.services.decode(event(kind, said, "registry"), frozenset({"registry"}), house.services.now())
        assert house.services.record(item).status == "accepted"
    assert [each.party for each in house.services.mine.platforms(Herself(person(house, number))).value] == ["new"]
