"""Cases over HTTP: from opening to closing, who may what, files, two of everything at once."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest

from tests.api.house import House, assert_problem
from tests.api.test_alerts import SYSTEM, _finding, _ids

KEYS = [f"A{n}" for n in range(12)]


@pytest.fixture(scope="module", autouse=True)
def _open(house: House) -> None:
    for key in KEYS:
        finding = _finding(key, "high" if key == "A0" else "medium", "huizhong", shareable=True)
        assert house.services.record(house.services.decode(finding, SYSTEM, house.services.now())).status == "accepted"
    house.catch_up()


@pytest.fixture(scope="module")
def ids(house: House, _open: None) -> dict[str, str]:
    return _ids(house, "registry")


def _post(house: House, who: str, path: str, **body: Any) -> httpx.Response:
    with house.client(who) as client:
        return client.post(path, json=body)


def _case(house: House, *alerts: str, who: str = "registry", **more: Any) -> str:
    done = _post(house, who, "/v1/cases", title="Above the cap", alerts=[*alerts], **more)
    assert done.status_code == 201, done.text
    name: str = done.json()["case"]
    return name


def _act(house: House, who: str, case: str, action: str, **fields: Any) -> httpx.Response:
    return _post(house, who, f"/v1/cases/{case}/actions", action=action, **fields)


def _get(house: House, case: str) -> dict[str, Any]:
    house.catch_up()
    body: dict[str, Any] = house.get("auditor", f"/v1/cases/{case}").json()
    return body


def test_a_case_from_opening_to_the_second_pair_of_eyes(house: House, ids: dict[str, str]) -> None:
    case = _case(house, ids["A0"])
    assert _act(house, "registry", case, "add_alert", alert=ids["A1"]).status_code == 201
    assert _act(house, "registry", case, "assign", to="zhao").status_code == 201
    assert _act(house, "second", case, "note", text="called the platform").status_code == 201
    assert _act(house, "second", case, "refer", agency="police").status_code == 201
    body = _get(house, case)
    assert (body["status"], body["severity"], body["platform"], body["jurisdiction"]) == (
        "open",
        "high",
        "huizhong",
        "CN",
    )
    assert (body["assignee"], body["deadline"]["overdue"], body["deadline"]["calendar"]) == ("zhao", False, "CN")
    assert body["deadline"]["working_days_left"] == 3
    assert [each["step"] for each in body["history"]] == ["opened", "alert_added", "assigned", "noted", "referred"]
    assert [(each["rule"], each["alerts"], each["severity"]) for each in body["rules"]] == [
        ("C08-raise-cap", 2, "high")
    ]
    assert house.get("auditor", f"/v1/alerts/{ids['A1']}").json()["case"] == case
    assert_problem(_act(house, "registry", case, "close", outcome="confirmed", text="x"), 409, "referral_open")
    done = _act(house, "registry", case, "update_referral", agency="police", status="answered", reference="P-7")
    assert done.status_code == 201
    first = _act(house, "registry", case, "close", outcome="confirmed", text="proven")
    assert first.json()["event"] == "case.close_requested"
    assert_problem(_act(house, "registry", case, "close", outcome="confirmed", text="x"), 409, "second_person_needed")
    assert _act(house, "second", case, "close", outcome="confirmed", text="proven").json()["event"] == "case.closed"
    body = _get(house, case)
    assert (body["status"], body["outcome"], body["conclusion"]) == ("closed", "confirmed", "proven")
    assert [(each["agency"], each["status"], each["reference"]) for each in body["referrals"]] == [
        ("police", "answered", "P-7")
    ]
    assert {(each["status"], each["outcome"]) for each in body["alert_details"]} == {("closed", "confirmed")}
    steps = [each["step"] for each in house.get("auditor", f"/v1/alerts/{ids['A0']}").json()["history"]]
    assert steps == ["opened", "case_added", "case_closed"]
    assert_problem(_act(house, "registry", case, "assign", to="lin"), 409, "case_not_open")
    assert _act(house, "registry", case, "reopen", text="new witness").status_code == 201
    assert _get(house, case)["status"] == "open"


def test_filters_and_pages(house: House, ids: dict[str, str]) -> None:
    late = _case(house, ids["A2"], due="2024-01-02", assignee="zhao")
    soon = _case(house, ids["A3"])
    house.catch_up()

    def found(**query: str) -> list[str]:
        return [each["id"] for each in house.get("auditor", "/v1/cases", **query).json()["items"]]

    assert found()[0] == late
    assert late in found(overdue="true")
    assert soon not in found(overdue="true")
    assert soon in found(overdue="false")
    assert found(alert=ids["A3"]) == [soon]
    assert late in found(assignee="zhao")
    assert late not in found(agency="police")
    assert found(platform="rival") == []
    assert len(house.get("registry", "/v1/alerts", case=late).json()["items"]) == 1
    paged: list[str] = []
    query: dict[str, Any] = {"limit": 1}
    while True:
        page = house.get("auditor", "/v1/cases", **query).json()
        paged += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert paged == found()


def test_cases_are_no_business_of_platforms(house: House, ids: dict[str, str]) -> None:
    case = _case(house, ids["A4"])
    house.catch_up()
    for who in ("huizhong", "rival"):
        assert_problem(house.get(who, "/v1/cases"), 403, "forbidden")
        assert_problem(house.get(who, f"/v1/cases/{case}"), 403, "forbidden")
        assert_problem(_act(house, who, case, "note", text="hello"), 403, "forbidden")
        assert house.get(who, f"/v1/alerts/{ids['A4']}").json().get("case") is None
        assert_problem(house.get(who, "/v1/alerts", case=case), 403, "forbidden")
    seen = house.get("huizhong", f"/v1/alerts/{ids['A4']}").json()
    assert [each["step"] for each in seen["history"]] == ["opened"]
    assert_problem(_act(house, "auditor", case, "note", text="hello"), 403, "forbidden")
    assert_problem(_post(house, "auditor", "/v1/cases", title="mine"), 403, "forbidden")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"title": "x"}, 422),
        ({"title": "no jurisdiction"}, 422),
        ({"title": "bad alert", "alerts": ["x"]}, 409),
        ({"title": "bad alert", "alerts": ["C08-raise-cap:0000000000000000:1"], "jurisdiction": "CN"}, 409),
        ({"title": "bad country", "jurisdiction": "china"}, 422),
        ({"title": "bad day", "jurisdiction": "CN", "due": "2024-02-30"}, 422),
        ({"title": "odd", "jurisdiction": "CN", "colour": "red"}, 422),
    ],
)
def test_case_that_can_not_be_opened(house: House, body: dict[str, Any], status: int) -> None:
    response = _post(house, "registry", "/v1/cases", **body)
    assert_problem(response, status, response.json()["code"])


@pytest.mark.parametrize(
    "body",
    [
        {}, {"action": "burn"}, {"action": "note"}, {"action": "note", "text": ""}, {"action": "note", "to": "x"},
        {"action": "close"}, {"action": "close", "outcome": "confirmed"}, {"action": "refer"},
        {"action": "refer", "agency": "navy"}, {"action": "update_referral", "agency": "tax"},
        {"action": "close", "outcome": "false_positive", "text": "x"}, {"action": "set_due", "due": "soon"},
        {"action": "set_due", "due": "2030-01-01"}, {"action": "note", "text": "\0"},
    ],
)  # fmt: skip
def test_action_that_is_none(house: House, ids: dict[str, str], body: dict[str, Any]) -> None:
    house.catch_up()
    (case, *_) = [each["id"] for each in house.get("registry", "/v1/cases", status="open").json()["items"]]
    with house.client("registry") as client:
        response = client.post(f"/v1/cases/{case}/actions", json=body)
    assert_problem(response, 422, response.json()["code"])


def test_case_that_is_not_there(house: House) -> None:
    assert_problem(house.get("registry", "/v1/cases/K-2024-999999"), 404, "not_found")
    assert_problem(_act(house, "registry", "K-2024-999999", "note", text="x"), 404, "not_found")
    assert_problem(house.get("registry", "/v1/cases/..%2f"), 404, "not_found")


def test_many_open_cases_at_once_and_one_gets_the_alert(house: House, ids: dict[str, str]) -> None:
    def one(who: str) -> httpx.Response:
        return _post(house, who, "/v1/cases", title="At once", alerts=[ids["A5"]])

    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(one, ["registry", "second"] * 8)]
    won = [each for each in answers if each.status_code == 201]
    assert len(won) == 1, [each.text for each in answers]
    assert {each.json()["code"] for each in answers if each.status_code != 201} == {"alert_in_case"}
    with ThreadPoolExecutor(8) as pool:
        names = [*pool.map(lambda key: _case(house, ids[key]), KEYS[6:11])]
    assert len({*names}) == 5


def test_a_file_is_sealed_and_every_look_is_on_record(house: House, ids: dict[str, str]) -> None:
    case = _case(house, ids["A11"])
    content = b"%PDF the statement of Zhang San " * 1000
    path = f"/v1/cases/{case}/evidence"
    with house.client("registry") as client:
        pdf = {"Content-Type": "application/pdf"}
        done = client.post(path, params={"name": "statement.pdf"}, content=content, headers=pdf)
        assert done.status_code == 201, done.text
        evidence = done.json()["evidence"]
        assert_problem(client.post(path, content=content, headers=pdf), 422, "invalid_parameter")
        assert_problem(client.post(path, params={"name": "x"}, content=b"", headers=pdf), 422, "invalid_parameter")
        large = client.post(path, params={"name": "x"}, content=b"0" * (10 * 1024 * 1024 + 1), headers=pdf)
        assert_problem(large, 413, "too_large")
        odd = client.post(path, params={"name": "x"}, content=b"x", headers={"Content-Type": "<script>"})
        assert_problem(odd, 422, "malformed")
    with psycopg.connect(house.dsn) as connection:
        rows = connection.execute("SELECT evidence, sealed FROM case_files WHERE case_id = %s", (case,)).fetchall()
    assert [name for name, _ in rows] == [evidence], "what was refused is not kept"
    assert b"Zhang San" not in rows[0][1]
    look = f"{path}/{evidence}"
    assert_problem(_post(house, "auditor", look, reason="curious"), 403, "forbidden")
    assert_problem(_post(house, "huizhong", look, reason="curious"), 403, "forbidden")
    assert_problem(_post(house, "second", look), 422, "invalid_parameter")
    assert_problem(_post(house, "second", f"{path}/E-0", reason="why not"), 404, "not_found")
    given = _post(house, "second", look, reason="for the report")
    assert given.content == content
    assert given.headers["content-disposition"].startswith("attachment")
    assert given.headers["x-content-type-options"] == "nosniff"
    body = _get(house, case)
    (file,) = body["files"]
    assert (file["name"], file["size"], file["digest"]) == (
        "statement.pdf", len(content), hashlib.sha256(content).hexdigest()
    )  # fmt: skip
    assert [(each["step"], each["by"]) for each in body["history"]][-1] == ("evidence_opened", "zhao")
