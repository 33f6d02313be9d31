"""One event per request: what each answer looks like."""

from __future__ import annotations

import json

import pytest

from tests.api.house import HUIZHONG, House, assert_problem, campaign, event, pledge


@pytest.fixture(scope="module", autouse=True)
def _open(house: House) -> None:
    house.tell("huizhong", campaign())


def test_accepted_event_answers_201_with_its_position(house: House) -> None:
    before = house.position()
    response = house.post("huizhong", pledge("A-1"))
    assert response.status_code == 201
    assert response.json() == {"id": "made-A-1", "status": "accepted", "position": before + 1}
    assert "idempotency-hit" not in response.headers


def test_same_event_again_is_a_duplicate_with_the_first_position(house: House) -> None:
    first = house.post("huizhong", pledge("A-2")).json()
    shuffled = dict(reversed(pledge("A-2").items()))
    response = house.post("huizhong", json.dumps(shuffled, indent=3).encode())
    assert response.status_code == 200
    assert response.headers["idempotency-hit"] == "true"
    assert response.json() == {"id": "made-A-2", "status": "duplicate", "position": first["position"]}


def test_same_id_with_other_content_is_refused(house: House) -> None:
    house.post("huizhong", pledge("A-3"))
    body = assert_problem(house.post("huizhong", pledge("A-3", amount=5001)), 409, "id_reused")
    assert body["id"] == "made-A-3"
    assert body["outcome"] == "refused"


def test_event_that_names_the_unknown_is_parked(house: House) -> None:
    response = house.post("huizhong", pledge("A-4", campaign="C-later"))
    assert response.status_code == 202
    assert response.json()["status"] == "parked"
    assert "campaign:huizhong/C-later" in response.json()["detail"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"type": "pledge.dreamt"}, 422, "unknown_type"),
        ({"time": "2999-01-01T00:00:00Z"}, 422, "time_in_future"),
        ({"source": "platform:rival"}, 409, "source_not_yours"),
        ({"source": "registry"}, 409, "source_not_yours"),
        ({"specversion": "0.3"}, 422, "malformed"),
        ({"time": "yesterday"}, 422, "malformed"),
        ({"time": "2024-03-02T10:15:00"}, 422, "malformed"),
        ({"id": ""}, 422, "malformed"),
        ({"id": 7}, 422, "malformed"),
        ({"data": []}, 422, "malformed"),
    ],
)
def test_envelope_that_is_wrong_is_refused(house: House, change: dict[str, object], status: int, code: str) -> None:
    assert_problem(house.post("huizhong", {**pledge("B-1"), **change}), status, code)


def test_refusal_by_decision_answers_409(house: House) -> None:
    assert_problem(house.post("huizhong", pledge("C-1", currency="USD")), 409, "currency_mismatch")


def test_registry_type_from_a_platform_is_refused(house: House) -> None:
    sent = event("platform.licensed", {"platform": "huizhong"}, HUIZHONG)
    assert_problem(house.post("huizhong", sent), 409, "source_not_yours")


def test_actions_on_alerts_are_not_taken_as_events(house: House) -> None:
    sent = event("alert.commented", {"alert": "C01-x:0123456789abcdef:1", "by": "somebody", "text": "x"}, "registry")
    body = assert_problem(house.post("registry", sent), 409, "source_not_yours")
    assert "/actions" in body["detail"]


def test_dry_run_answers_the_same_and_records_nothing(house: House) -> None:
    before, refusals = house.position(), len(house.get("huizhong", "/v1/refusals").json()["items"])
    response = house.post("huizhong", pledge("D-1"), query="?dry_run=true")
    assert response.status_code == 201
    assert response.headers["dry-run"] == "true"
    assert_problem(
        house.post("huizhong", pledge("D-2", currency="USD"), query="?dry_run=true"), 409, "currency_mismatch"
    )
    assert house.post("huizhong", pledge("D-3", campaign="C-x"), query="?dry_run=true").status_code == 202
    assert house.position() == before
    assert len(house.get("huizhong", "/v1/refusals").json()["items"]) == refusals
    assert house.post("huizhong", pledge("D-1")).status_code == 201


@pytest.mark.parametrize("query", ["?dry_run=yes", "?results=some", "?dryrun=true", "?dry_run=true&dry_run=false"])
def test_unknown_query_is_an_error(house: House, query: str) -> None:
    assert_problem(house.post("huizhong", pledge("E-1"), query=query), 422, "invalid_parameter")


@pytest.mark.parametrize(
    "content_type", ["", "application/json", "text/plain", "application/cloudevents+json; charset=latin-1"]
)
def test_unknown_content_type_answers_415(house: House, content_type: str) -> None:
    response = house.post("huizhong", pledge("E-2"), content_type)
    assert_problem(response, 415, "unsupported_media_type")
    assert "application/x-ndjson" in response.headers["accept-post"]


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("F-1", "application/cloudevents+json; charset=UTF-8"),
        ("F-2", "Application/CloudEvents+JSON"),
        ("F-3", 'application/cloudevents+json;charset="utf-8"'),
    ],
)
def test_content_type_may_be_spelt_freely(house: House, name: str, content_type: str) -> None:
    assert house.post("huizhong", pledge(name), content_type).status_code == 201
