"""Keys and walls: who may do what, and everyone who tries to climb over."""

from __future__ import annotations

import time

import httpx
import psycopg
import pytest

from api import gate
from ops import access_store
from tests.api.house import BATCH, HUIZHONG, LINES, RIVAL, House, assert_problem, campaign, event, lines, pledge

READS = [
    "/v1/events/platform:huizhong/made-A-1",
    "/v1/campaigns/platform:huizhong/C-9",
    "/v1/pledges/platform:huizhong/A-1",
    "/v1/loans/platform:huizhong/L-1",
]


@pytest.fixture(scope="module", autouse=True)
def _open(house: House) -> None:
    for source in (HUIZHONG, RIVAL):
        who = source.removeprefix("platform:")
        house.tell(who, campaign(source))
        house.tell(who, [pledge("A-1", source)])
        house.tell(
            who,
            [event("loan.listed", {
                "loan": "L-1", "borrower": "I-1", "amount": 120000, "currency": "CNY", "annual_rate": "0.12",
                "term_months": 12, "repayment": "equal_instalments", "raise_until": "2024-12-01", "jurisdiction": "CN",
            }, source)],
        )  # fmt: skip
        house.post(who, pledge("parked", source, campaign="C-later"))
        house.post(who, pledge("refused", source, currency="USD"))
    house.catch_up()


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic eDp5", "Bearer cl_platform_nonsense", "cl_x"])
@pytest.mark.parametrize("path", ["/v1/parked", "/v1/balances", "/v1/alerts", "/v1/rules", READS[0]])
def test_reading_without_a_good_key_answers_401(house: House, path: str, header: str | None) -> None:
    response = httpx.get(house.url + path, headers={} if header is None else {"Authorization": header})
    assert_problem(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("form", ["application/cloudevents+json", BATCH, LINES])
def test_posting_without_a_good_key_answers_401(house: House, form: str) -> None:
    for header in ({}, {"Authorization": "Bearer cl_platform_" + "x" * 43}):
        response = httpx.post(house.url + "/v1/events", content=b"[]", headers={"Content-Type": form, **header})
        assert_problem(response, 401, "unauthenticated")
        assert response.headers["www-authenticate"].startswith("Bearer")


def test_revoked_key_is_refused_within_seconds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "REMEMBERED_SECONDS", 0.2)
    house.keys["leaver"] = house.key("platform", HUIZHONG, "leaver")
    assert house.post("leaver", pledge("B-1")).status_code == 201
    with psycopg.connect(house.dsn) as connection:
        assert access_store.revoke_key(connection, "leaver") == 1
    time.sleep(0.4)
    assert_problem(house.post("leaver", pledge("B-2")), 401, "unauthenticated")
    assert_problem(house.get("leaver", "/v1/parked"), 401, "unauthenticated")


def test_key_of_another_installation_is_unknown(house: House) -> None:
    """Digests are keyed: who copies the table to a server with another secret has nothing."""
    with psycopg.connect(house.dsn) as connection:
        other = access_store.secrets_of(house.settings.__class__(house.settings.data_dir, secret_key="another"))
        house.keys["stranger"] = access_store.create_key(
            connection, other, role="regulator", name="x", source="registry"
        )
    assert_problem(house.get("stranger", "/v1/parked"), 401, "unauthenticated")


@pytest.mark.parametrize("who", ["rival", "registry"])
def test_nobody_sends_for_another_source(house: House, who: str) -> None:
    assert_problem(house.post(who, pledge("C-1")), 409, "source_not_yours")
    answer = house.post(who, lines([pledge("C-1")]), LINES).json()
    assert [each["code"] for each in answer["results"]] == ["source_not_yours"]
    assert house.get("auditor", "/v1/events/platform:huizhong/made-C-1").status_code == 404


def test_refusal_of_a_stranger_is_kept_with_the_stranger(house: House) -> None:
    house.post("rival", pledge("C-2"))
    own = house.get("rival", "/v1/refusals", limit=1000).json()["items"]
    assert own[-1]["source"] == RIVAL
    assert all(each["id"] != "made-C-2" for each in house.get("huizhong", "/v1/refusals", limit=1000).json()["items"])


def test_auditor_writes_nothing(house: House) -> None:
    assert_problem(house.post("auditor", pledge("C-3")), 403, "forbidden")
    assert_problem(house.post("auditor", b"", LINES), 403, "forbidden")
    with house.client("auditor") as client:
        response = client.post("/v1/alerts/C01-x:0123456789abcdef:1/actions", json={"action": "acknowledge"})
    assert_problem(response, 403, "forbidden")


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("who", ["huizhong", "registry", "auditor"])
def test_owner_and_supervisors_read(house: House, who: str, path: str) -> None:
    response = house.get(who, path)
    assert response.status_code == 200, response.text
    assert int(response.headers["ledger-position"]) > 0
    assert float(response.headers["view-lag-seconds"]) >= 0
    assert response.json()["lag_seconds"] >= 0


@pytest.mark.parametrize("path", READS)
def test_another_platforms_data_looks_like_none(house: House, path: str) -> None:
    """Not 403: that would say that it exists."""
    there = assert_problem(house.get("rival", path), 404, "not_found")
    gone = assert_problem(house.get("rival", path.replace("1", "none").replace("C-9", "C-none")), 404, "not_found")
    assert there.keys() == gone.keys()


@pytest.mark.parametrize("path", ["/v1/parked", "/v1/refusals"])
def test_lists_hold_ones_own_only(house: House, path: str) -> None:
    mine = house.get("huizhong", path, limit=1000).json()["items"]
    assert mine
    assert {each["source"] for each in mine} == {HUIZHONG}
    everyones = house.get("registry", path, limit=1000).json()["items"]
    assert {HUIZHONG, RIVAL} <= {each["source"] for each in everyones}
    one = house.get("auditor", path, source=RIVAL, limit=1000).json()["items"]
    assert {each["source"] for each in one} == {RIVAL}


@pytest.mark.parametrize("path", ["/v1/parked", "/v1/refusals"])
def test_asking_for_anothers_list_answers_403(house: House, path: str) -> None:
    assert_problem(house.get("huizhong", path, source=RIVAL), 403, "forbidden")
    assert house.get("huizhong", path, source=HUIZHONG).status_code == 200


@pytest.mark.parametrize("path", ["/v1/balances", "/v1/rules"])
def test_supervisors_questions_are_not_for_platforms(house: House, path: str) -> None:
    assert_problem(house.get("huizhong", path), 403, "forbidden")
    assert house.get("auditor", path).status_code == 200


def test_cursor_of_anothers_list_is_worth_nothing(house: House) -> None:
    cursor = house.get("registry", "/v1/refusals", limit=1).json()["next"]
    assert_problem(house.get("huizhong", "/v1/refusals", cursor=cursor), 422, "invalid_parameter")


def test_platform_can_be_seen_by_all_its_scorecard_by_some(house: House) -> None:
    public = house.get(None, "/v1/platforms/huizhong").json()
    assert public["status"] == "licensed"
    assert "scorecard" not in public
    assert "scorecard" not in house.get("rival", "/v1/platforms/huizhong").json()
    own = house.get("huizhong", "/v1/platforms/huizhong").json()["scorecard"]
    assert own["events"] > 0
    assert "open_alerts" not in own
    assert house.get("registry", "/v1/platforms/huizhong").json()["scorecard"]["open_alerts"] == 0
    assert_problem(house.get(None, "/v1/platforms/none"), 404, "not_found")
    assert_problem(
        httpx.get(house.url + "/v1/platforms", headers={"Authorization": "Bearer wrong"}), 401, "unauthenticated"
    )
