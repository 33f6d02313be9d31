"""Questions: what is answered, that it says where it stands, and that what can't be answered is an error."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.house import HUIZHONG, House, assert_problem, campaign, event, pledge


@pytest.fixture(scope="module", autouse=True)
def _open(house: House) -> None:
    house.tell("huizhong", campaign())
    house.tell("huizhong", [pledge("A-1"), pledge("A-2", investor="U-2", amount=700)])
    house.tell("huizhong", [event("pledge.collected", {"pledge": "A-1"}, time="2024-03-05T00:00:00+08:00")])
    refund = {"pledge": "A-1", "amount": 1500}
    house.tell("huizhong", [event("pledge.refunded", refund, time="2024-03-09T00:00:00+08:00")])
    for number in range(7):
        house.post("huizhong", pledge(f"W-{number}", campaign="C-later"))
        house.post("huizhong", pledge(f"R-{number}", currency="USD"))
    house.catch_up()


def test_event_is_given_back_with_both_times(house: House) -> None:
    body = house.get("huizhong", f"/v1/events/{HUIZHONG}/made-A-1").json()
    assert body["status"] == "accepted"
    assert body["event"] == pledge("A-1")
    assert body["time"] == "2024-03-02T02:15:00Z"
    assert body["recorded_at"].endswith("Z")
    assert 0 < body["position"] <= body["ledger_position"]
    assert sum(line["amount"] for line in body["postings"]) == 0
    assert {line["account"] for line in body["postings"]} == {"pledged/huizhong/C-9", "receivable/huizhong/U-1"}


def test_parked_event_has_no_position_yet(house: House) -> None:
    body = house.get("huizhong", f"/v1/events/{HUIZHONG}/made-W-1").json()
    assert body["status"] == "parked"
    assert body["position"] is None
    assert body["waits_for"] == ["campaign:huizhong/C-later"]


def test_money_of_a_campaign(house: House) -> None:
    body = house.get("huizhong", f"/v1/campaigns/{HUIZHONG}/C-9").json()
    figures = {name: body[name] for name in ("pledged", "collected", "refunded", "released", "in_escrow", "pledges")}
    assert figures == {
        "pledged": 5700, "collected": 5000, "refunded": 1500, "released": 0, "in_escrow": 3500, "pledges": 2,
    }  # fmt: skip
    assert (body["status"], body["currency"], body["issuer"]) == ("open", "CNY", "I-1")


def test_money_of_a_pledge(house: House) -> None:
    body = house.get("huizhong", f"/v1/pledges/{HUIZHONG}/A-1").json()
    assert (body["status"], body["amount"], body["collected"], body["refunded"]) == ("collected", 5000, 5000, 1500)


def _balances(house: House, **query: Any) -> dict[str, int]:
    body = house.get("auditor", "/v1/balances", **query).json()
    return {each["account"]: each["balance"] for each in body["items"]}


def test_balances_in_both_times(house: House) -> None:
    assert _balances(house, account="escrow/huizhong/") == {"escrow/huizhong/C-9": 3500}
    assert _balances(house, account="escrow/", at="2024-03-06T00:00:00+08:00") == {"escrow/huizhong/C-9": 5000}
    assert _balances(house, account="escrow/", at="2024-03-04T00:00:00+08:00") == {}
    assert _balances(house, account="escrow_") == {}


def test_trial_balance_is_zero(house: House) -> None:
    for query in ({}, {"at": "2024-03-06T00:00:00+08:00"}):
        body = house.get("registry", "/v1/balances", **query).json()
        assert body["totals"] == [{"currency": "CNY", "balance": 0}]
        assert sum(each["balance"] for each in body["items"]) == 0


@pytest.mark.parametrize("text", ["yesterday", "2024-03-2", "2024-03-02T10:15:00", "2024-13-02T10:15:00Z", ""])
@pytest.mark.parametrize("name", ["at", "known_at"])
def test_time_that_is_none_is_an_error(house: House, name: str, text: str) -> None:
    assert_problem(house.get("auditor", "/v1/balances", **{name: text}), 422, "invalid_parameter")


@pytest.mark.parametrize(
    ("path", "who"),
    [("/v1/parked", "huizhong"), ("/v1/refusals", "registry"), ("/v1/balances", "auditor"), ("/v1/platforms", None),
     ("/v1/rules", "registry")],
)  # fmt: skip
def test_pages_add_up_to_the_whole(house: House, path: str, who: str | None) -> None:
    whole = house.get(who, path, limit=1000).json()
    assert whole["next"] is None
    assert whole["position"] > 0
    found: list[Any] = []
    cursor: dict[str, str] = {}
    for _ in range(100):
        page = house.get(who, path, limit=2, **cursor).json()
        assert len(page["items"]) <= 2
        found += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == whole["items"]
    assert len(found) > 2 or path == "/v1/platforms"


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "W10", "é", "eyJhIjoxfQ", "a" * 2000])
@pytest.mark.parametrize("path", ["/v1/parked", "/v1/balances", "/v1/alerts"])
def test_cursor_that_is_none_of_ours_is_an_error(house: House, path: str, cursor: str) -> None:
    assert_problem(house.get("registry", path, cursor=cursor), 422, "invalid_parameter")


def test_cursor_of_another_question_is_an_error(house: House) -> None:
    cursor = house.get("auditor", "/v1/balances", limit=1).json()["next"]
    assert_problem(house.get("auditor", "/v1/balances", limit=1, account="e", cursor=cursor), 422, "invalid_parameter")


@pytest.mark.parametrize(
    "query",
    [
        {"status": "new"}, {"severity": "worst"}, {"rule": "X99-none"}, {"platform": "none"}, {"limit": "0"},
        {"limit": "1001"}, {"limit": "many"}, {"colour": "red"},
    ],
)  # fmt: skip
def test_filter_that_is_not_known_is_an_error(house: House, query: dict[str, str]) -> None:
    assert_problem(house.get("registry", "/v1/alerts", **query), 422, "invalid_parameter")


@pytest.mark.parametrize(
    "path",
    ["/healthz", "/readyz", "/v1/schemas", "/v1/checkpoint", "/v1/platforms/huizhong", "/docs", "/openapi.json",
     f"/v1/campaigns/{HUIZHONG}/C-9"],
)  # fmt: skip
def test_parameter_that_is_not_known_is_an_error_everywhere(house: House, path: str) -> None:
    assert_problem(house.get("huizhong", path, colour="red"), 422, "invalid_parameter")


def test_parameter_given_twice_is_an_error(house: House) -> None:
    with house.client("registry") as client:
        assert_problem(client.get("/v1/alerts?status=open&status=closed"), 422, "invalid_parameter")


def test_missing_views_are_said_not_guessed(house: House) -> None:
    """The answer of a view that is behind says so; here an event is in the log, and not in the view."""
    house.tell("huizhong", [pledge("Z-1", investor="U-2")])
    body = house.get("auditor", "/v1/balances", account="receivable/huizhong/U-2").json()
    assert body["position"] < house.position()
    assert body["lag_seconds"] > 0
    house.catch_up()
    assert house.get("auditor", "/v1/balances").json()["lag_seconds"] == 0
