"""Alerts over HTTP: who sees which, and the four eyes that close a critical one."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.house import House, assert_problem

SYSTEM = frozenset({"system"})


def _finding(key: str, severity: str, platform: str, *, shareable: bool, score: int = 500) -> dict[str, Any]:
    data = {
        "rule": "C08-raise-cap", "version": 1, "key": {"campaign": key}, "severity": severity, "score": score,
        "window": {"first_day": "2024-03-01", "last_day": "2024-03-28"}, "subject": [f"campaign:{platform}/{key}"],
        "platform": platform, "figures": {"raised": 7}, "params": {"cap": 5}, "evidence": [1, 2], "evidence_count": 2,
        "reason": {"zh": "超过上限", "en": "Above the cap"}, "shareable": shareable,
    }  # fmt: skip
    return {
        "specversion": "1.0", "id": f"f-{key}", "source": "system", "type": "alert.found",
        "time": "2024-03-29T00:00:00Z", "data": data,
    }  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _open(house: House) -> None:
    findings = [
        _finding("A", "high", "huizhong", shareable=True, score=700),
        _finding("B", "medium", "huizhong", shareable=False),
        _finding("C", "critical", "rival", shareable=True),
        _finding("D", "critical", "huizhong", shareable=True),
        _finding("E", "low", "huizhong", shareable=True),
    ]
    for each in findings:
        answer = house.services.record(house.services.decode(each, SYSTEM, house.services.now()))
        assert answer.status == "accepted", answer
    house.catch_up()


def _ids(house: House, who: str, **query: str) -> dict[str, str]:
    """Alert ids by the campaign that they are about."""
    items = house.get(who, "/v1/alerts", **query).json()["items"]
    return {each["key"]["campaign"]: each["id"] for each in items}


def _act(house: House, who: str, alert: str, action: str, **fields: str) -> httpx.Response:
    with house.client(who) as client:
        return client.post(f"/v1/alerts/{alert}/actions", json={"action": action, **fields})


def test_queue_begins_with_the_most_severe(house: House) -> None:
    found = house.get("registry", "/v1/alerts").json()
    assert [each["severity"] for each in found["items"]] == ["critical", "critical", "high", "medium", "low"]
    one = found["items"][2]
    assert one["rule"] == "C08-raise-cap"
    assert one["window"] == {"first_day": "2024-03-01", "last_day": "2024-03-28"}
    assert one["explanation"] == {"zh": "超过上限", "en": "Above the cap"}
    assert one["evidence"] == [1, 2]
    assert one["subject"] == ["campaign:huizhong/A"]


def test_filters_narrow_the_queue(house: House) -> None:
    assert _ids(house, "auditor", severity="high").keys() == {"A"}
    assert _ids(house, "registry", platform="rival").keys() == {"C"}
    assert _ids(house, "registry", subject="campaign:huizhong/B").keys() == {"B"}
    assert _ids(house, "registry", rule="C08-raise-cap", status="open").keys() >= {"A", "B"}
    assert _ids(house, "registry", rule="C01-self-pledge") == {}


def test_groups_add_up_to_the_queue_and_show_each_what_is_hers(house: House) -> None:
    for who in ("registry", "huizhong", "rival"):
        for query in (
            {},
            {"severity": "critical"},
            {"found_since": "2024-01-01T00:00:00Z"},
            {"subject": "campaign:x/Y"},
        ):
            told = house.get(who, "/v1/alerts/groups", **query).json()
            listed = house.get(who, "/v1/alerts", limit="1000", **query).json()["items"]
            assert told["alerts"] == sum(each["alerts"] for each in told["groups"]) == len(listed)
            assert {each["platform"] for each in told["groups"]} == {each["platform"] for each in listed}
    assert house.get("registry", "/v1/alerts/groups", found_since="2100-01-01T00:00:00Z").json()["groups"] == []
    for wrong in ({"found_since": "2024-01-01T00:00:00"}, {"rule": "X99-none"}, {"cursor": "x"}, {"colour": "red"}):
        assert house.get("registry", "/v1/alerts/groups", **wrong).status_code == 422, wrong
    assert house.get("huizhong", "/v1/alerts/groups", platform="rival").status_code == 403


def test_pages_of_the_queue_add_up(house: House) -> None:
    found, cursor = [], {}
    for _ in range(5):
        page = house.get("registry", "/v1/alerts", limit=2, **cursor).json()
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == [each["id"] for each in house.get("registry", "/v1/alerts").json()["items"]]


def test_platform_sees_what_is_shared_about_itself(house: House) -> None:
    assert _ids(house, "huizhong").keys() == {"A", "D", "E"}
    assert _ids(house, "rival").keys() == {"C"}
    assert_problem(house.get("huizhong", "/v1/alerts", platform="rival"), 403, "forbidden")
    everyones = _ids(house, "registry")
    assert house.get("huizhong", f"/v1/alerts/{everyones['A']}").status_code == 200
    for hidden in ("B", "C"):
        assert_problem(house.get("huizhong", f"/v1/alerts/{everyones[hidden]}"), 404, "not_found")
    assert_problem(_act(house, "huizhong", everyones["A"], "acknowledge"), 403, "forbidden")


def test_actions_are_recorded_under_the_name_of_the_key(house: House) -> None:
    alert = _ids(house, "registry")["A"]
    done = _act(house, "registry", alert, "acknowledge", text="looking")
    assert done.status_code == 201
    assert done.json()["event"] == "alert.acknowledged"
    assert _act(house, "registry", alert, "assign", to="zhao").status_code == 201
    assert _act(house, "second", alert, "comment", text="seen").status_code == 201
    house.catch_up()
    body = house.get("auditor", f"/v1/alerts/{alert}").json()
    assert (body["status"], body["assignee"]) == ("acknowledged", "zhao")
    steps = [(each["step"], each.get("by"), each.get("text")) for each in body["history"]]
    assert steps == [
        ("opened", None, None),
        ("acknowledged", "lin", "looking"),
        ("assigned", "lin", None),
        ("commented", "zhao", "seen"),
    ]
    seen = house.get("huizhong", f"/v1/alerts/{alert}").json()
    assert seen["assignee"] is None
    assert [each["step"] for each in seen["history"]] == ["opened"]


def test_action_that_is_not_possible_now_answers_409(house: House) -> None:
    alert = _ids(house, "registry")["E"]
    _act(house, "registry", alert, "acknowledge")
    assert_problem(_act(house, "registry", alert, "acknowledge"), 409, "alert_not_open")
    assert_problem(_act(house, "registry", alert, "reopen"), 409, "alert_not_open")


def test_alert_of_less_than_critical_is_closed_by_one(house: House) -> None:
    alert = _ids(house, "registry")["E"]
    assert_problem(_act(house, "registry", alert, "close", outcome="false_positive"), 422, "malformed")
    done = _act(house, "registry", alert, "close", outcome="false_positive", reason="threshold")
    assert done.json()["event"] == "alert.closed"


def test_critical_alert_needs_a_second_person(house: House) -> None:
    alert = _ids(house, "registry")["D"]
    assert _act(house, "registry", alert, "close", outcome="confirmed").json()["event"] == "alert.close_requested"
    assert_problem(_act(house, "registry", alert, "close", outcome="confirmed"), 409, "second_person_needed")
    assert _act(house, "second", alert, "close", outcome="confirmed").json()["event"] == "alert.closed"
    house.catch_up()
    assert house.get("registry", f"/v1/alerts/{alert}").json()["status"] == "closed"


@pytest.mark.parametrize(
    "alert", ["x", "C08-raise-cap:0000000000000000:1", "C08-raise-cap:0:0", "a:b:c", "::", "a:b:1"]
)
def test_alert_that_does_not_exist_answers_404(house: House, alert: str) -> None:
    assert_problem(house.get("registry", f"/v1/alerts/{alert}"), 404, "not_found")
    assert_problem(_act(house, "registry", alert, "acknowledge"), 404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        {}, {"action": "delete"}, {"action": "acknowledge", "colour": "red"}, {"action": "comment"}, [],
        {"action": "close"}, {"action": "close", "outcome": "fine"}, {"action": "assign"},
        {"action": "reopen", "to": "x"},
        {"action": "comment", "text": "\0"}, {"action": "comment", "text": ""},
        {"action": "comment", "text": "x" * 3000},
    ],
)  # fmt: skip
def test_action_that_is_none_answers_422(house: House, body: Any) -> None:
    alert = _ids(house, "registry")["B"]
    with house.client("registry") as client:
        response = client.post(f"/v1/alerts/{alert}/actions", json=body)
    assert response.status_code == 422, response.text
    assert_problem(response, 422, response.json()["code"])


def test_action_that_is_not_json_answers_400(house: House) -> None:
    alert = _ids(house, "registry")["B"]
    with house.client("registry") as client:
        for content in (b"{", b"\xff", b""):
            headers = {"Content-Type": "application/json"}
            response = client.post(f"/v1/alerts/{alert}/actions", content=content, headers=headers)
            assert response.status_code in {400, 422}, response.text
            assert_problem(response, response.status_code, response.json()["code"])
