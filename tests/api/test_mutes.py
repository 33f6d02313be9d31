"""Mutes, sanctions, lists and statistics over HTTP: who may, what is refused, what is shown afterwards."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.house import House, assert_problem
from tests.api.test_alerts import SYSTEM, _act, _finding, _ids


@pytest.fixture(scope="module", autouse=True)
def _open(house: House) -> None:
    for key, severity, platform in (("A", "high", "huizhong"), ("B", "low", "huizhong"), ("C", "medium", "rival")):
        finding = _finding(key, severity, platform, shareable=True)
        assert house.services.record(house.services.decode(finding, SYSTEM, house.services.now())).status == "accepted"
    house.catch_up()


def _post(house: House, who: str, path: str, **body: Any) -> httpx.Response:
    with house.client(who) as client:
        return client.post(path, json=body)


def test_life_of_a_mute(house: House) -> None:
    alert = _ids(house, "registry")["A"]
    done = _post(house, "registry", "/v1/mutes", alert=alert, days=30, reason="known, under review")
    assert done.status_code == 201, done.text
    name = done.json()["mute"]
    house.catch_up()
    body = house.get("auditor", f"/v1/alerts/{alert}").json()
    assert (body["status"], body["muted_by"]) == ("open", name)
    assert body["muted_until"]
    assert _ids(house, "registry", muted="true").keys() == {"A"}
    assert _ids(house, "registry", muted="false").keys() == {"B", "C"}
    assert _ids(house, "registry").keys() == {"A", "B", "C"}
    seen = house.get("huizhong", f"/v1/alerts/{alert}").json()
    assert (seen["muted_by"], seen["similar"]) == (None, [])
    listed = house.get("auditor", "/v1/mutes", active="true").json()["items"]
    assert [(each["id"], each["rule"], each["key"], each["by"]) for each in listed] == [
        (name, "C08-raise-cap", {"campaign": "A"}, "lin")
    ]
    assert _post(house, "second", f"/v1/mutes/{name}/end", reason="changed").status_code == 201
    assert_problem(_post(house, "second", f"/v1/mutes/{name}/end"), 409, "mute_not_open")
    house.catch_up()
    assert _ids(house, "registry", muted="true") == {}
    ended = house.get("registry", f"/v1/mutes/{name}").json()
    assert (ended["active"], ended["ended_by"], ended["end_reason"]) == (False, "zhao", "changed")
    assert house.get("registry", "/v1/mutes", active="true").json()["items"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"days": 3, "reason": "why"}, 422),
        ({"rule": "C08-raise-cap", "reason": "why"}, 422),
        ({"rule": "C08-raise-cap", "days": 366, "reason": "why"}, 422),
        ({"rule": "C08-raise-cap", "days": 3, "until": "2030-01-01T00:00:00Z", "reason": "why"}, 422),
        ({"rule": "C08-raise-cap", "until": "2001-01-01T00:00:00Z", "reason": "why"}, 422),
        ({"rule": "C99-no-such", "days": 3, "reason": "why"}, 422),
        ({"platform": "nobody", "days": 3, "reason": "why"}, 422),
        ({"rule": "C08-raise-cap", "days": 3, "reason": "   "}, 422),
        ({"rule": "C08-raise-cap", "days": 3}, 422),
        ({"key": {"Bad Name": "x"}, "days": 3, "reason": "why"}, 422),
        ({"alert": "C08-raise-cap:0000000000000000:1", "days": 3, "reason": "why"}, 404),
    ],
)
def test_mute_that_can_not_be_meant(house: House, body: dict[str, Any], code: int) -> None:
    response = _post(house, "registry", "/v1/mutes", **body)
    assert_problem(response, code, response.json()["code"])


@pytest.mark.parametrize("path", ["/v1/mutes", "/v1/sanctions", "/v1/casework", "/v1/rules", "/v1/rules/C08-raise-cap"])
def test_none_of_it_is_for_platforms(house: House, path: str) -> None:
    assert_problem(house.get("huizhong", path), 403, "forbidden")
    assert_problem(house.get(None, path), 401, "unauthenticated")
    assert house.get("auditor", path).status_code == 200


def test_auditors_change_nothing(house: House) -> None:
    body = {"rule": "C08-raise-cap", "days": 3, "reason": "why"}
    assert_problem(_post(house, "auditor", "/v1/mutes", **body), 403, "forbidden")
    assert_problem(_post(house, "huizhong", "/v1/mutes", **body), 403, "forbidden")
    sanction = {"subject": "platform:rival", "kind": "warning", "begins": "2024-03-01"}
    assert_problem(_post(house, "auditor", "/v1/sanctions", **sanction), 403, "forbidden")


def test_life_of_a_sanction(house: House) -> None:
    about = {"subject": "platform:rival", "kind": "payment_restriction", "begins": "2024-03-01"}
    assert_problem(_post(house, "registry", "/v1/sanctions", **about), 422, "malformed")
    done = _post(house, "registry", "/v1/sanctions", **about, limit=500_000, currency="CNY", citation="Art. 5")
    name = done.json()["sanction"]
    house.catch_up()
    shown = house.get("auditor", f"/v1/sanctions/{name}").json()
    assert (shown["limit"], shown["begins"], shown["until"], shown["by"]) == (500_000, "2024-03-01", None, "lin")
    for query, count in (({"on": "2024-02-29"}, 0), ({"on": "2024-03-01"}, 1), ({"platform": "huizhong"}, 0)):
        assert len(house.get("registry", "/v1/sanctions", **query).json()["items"]) == count
    assert _post(house, "registry", f"/v1/sanctions/{name}/lift", reason="made good").status_code == 201
    assert_problem(_post(house, "registry", f"/v1/sanctions/{name}/lift", reason="twice"), 409, "sanction_not_open")
    house.catch_up()
    assert house.get("registry", f"/v1/sanctions/{name}").json()["lift_reason"] == "made good"
    assert_problem(house.get("registry", "/v1/sanctions/S-0"), 404, "not_found")
    unknown = _post(house, "registry", "/v1/sanctions", subject="platform:no", kind="warning", begins="2024-03-01")
    assert_problem(unknown, 409, "platform_not_registered")


def test_nobody_writes_such_events_past_these_doors(house: House) -> None:
    event = {
        "specversion": "1.0", "id": "x", "source": "registry", "type": "sanction.lifted",
        "time": "2024-03-02T00:00:00Z", "data": {"sanction": "S-1", "by": "somebody else", "reason": "x"},
    }  # fmt: skip
    assert_problem(house.post("registry", event), 409, "source_not_yours")


def test_statistics_follow_the_outcomes(house: House) -> None:
    before = house.get("registry", "/v1/rules/C08-raise-cap").json()["statistics"]
    assert (before["raised"], before["open"], before["precision"]) == (3, 3, None)
    ids = _ids(house, "registry")
    assert _act(house, "registry", ids["A"], "acknowledge").status_code == 201
    _act(house, "registry", ids["A"], "close", outcome="confirmed")
    _act(house, "registry", ids["B"], "close", outcome="false_positive", reason="threshold")
    assert_problem(_act(house, "registry", ids["C"], "close", outcome="false_positive", reason="odd"), 422, "malformed")
    _act(house, "registry", ids["C"], "close", outcome="justified_look")
    house.catch_up()
    body = house.get("auditor", "/v1/rules/C08-raise-cap").json()
    found = body["statistics"]
    assert (found["raised"], found["open"], found["confirmed"], found["justified_look"]) == (3, 0, 1, 1)
    assert (found["false_positive"], found["false_positive_reasons"]) == (1, {"threshold": 1})
    assert (found["precision"], found["useful"]) == ("0.3333", "0.6666")
    assert found["median_seconds_to_closing"] >= 0
    every = {each["id"]: each for each in house.get("auditor", "/v1/rules").json()["items"]}
    assert every["C08-raise-cap"]["statistics"] == found
    assert every["P02-custody-gap"]["statistics"]["raised"] == 0
    assert_problem(house.get("auditor", "/v1/rules/none"), 404, "not_found")
    past = house.get("auditor", f"/v1/alerts/{ids['A']}").json()["similar"]
    assert [(each["id"], each["outcome"]) for each in past] == [
        (ids["C"], "justified_look"),
        (ids["B"], "false_positive"),
    ]


def test_lists_have_words_in_both_languages(house: House) -> None:
    body = house.get("auditor", "/v1/casework").json()
    for name in ("false_positive_reasons", "agencies", "sanctions"):
        assert all(each["code"] and each["zh"] and each["en"] for each in body[name])
    assert body["service_levels"]["critical"] == 1
