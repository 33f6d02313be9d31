"""Exposure over HTTP: over all platforms for a supervisor, its own part for a platform, and as of two times."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.house import HUIZHONG, RIVAL, House, assert_problem, campaign, event, pledge

SAME = {"kind": "person", "identity": {"scheme": "cn-id", "number": "110101199003070000"}}
PATH = f"/v1/parties/{HUIZHONG}/S-1/exposure"


@pytest.fixture(scope="module", autouse=True)
def _told(house: House) -> None:
    house.tell("huizhong", [*campaign(), event("party.registered", {"party": "S-1", **SAME})])
    house.tell("rival", [*campaign(RIVAL), event("party.registered", {"party": "X-1", **SAME}, RIVAL)])
    house.tell("huizhong", [pledge("A-1", investor="S-1"), event("pledge.collected", {"pledge": "A-1"})])
    house.known = house.services.reads.span().value.last.isoformat()
    house.tell("rival", [pledge("B-1", RIVAL, investor="X-1", amount=700)])
    house.tell("huizhong", [event("party.registered", {"party": "S-2", **SAME})])  # a link that was not known then
    deposit = {"deposit": "D-1", "investor": "S-1", "amount": 30, "currency": "CNY"}
    house.tell("huizhong", [event("deposit.received", deposit)])
    house.catch_up()


def lines(body: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(each["platform"], each["kind"], each["at_stake"]) for each in body["exposures"]]


def test_a_supervisor_sees_all_platforms(house: House) -> None:
    answer = house.get("registry", PATH)
    body = answer.json()
    assert lines(body) == [("huizhong", "reward", 5000), ("rival", "reward", 700)]
    people = [(HUIZHONG, "S-1"), (RIVAL, "X-1"), (HUIZHONG, "S-2")]
    assert [(each["source"], each["party"]) for each in body["parties"]] == people
    assert body["waiting"] == [
        {"platform": "huizhong", "currency": "CNY", "cash": 30, "receivable": 0},
        {"platform": "rival", "currency": "CNY", "cash": 0, "receivable": 700},
    ]
    assert [(each["source"], each["party"], each["amount"]) for each in body["counterparties"]] == [
        (HUIZHONG, "I-1", 5000), (RIVAL, "I-1", 700),
    ]  # fmt: skip
    assert (body["limits_used"], body["not_evaluated"]) == ([], []), "no law limits what she put into rewards"
    assert int(answer.headers["Ledger-Position"]) == body["position"]
    assert house.get("auditor", PATH).json()["exposures"] == body["exposures"]


def test_a_platform_sees_its_own_part(house: House) -> None:
    body = house.get("huizhong", PATH).json()
    assert lines(body) == [("huizhong", "reward", 5000)]
    assert "rival" not in str({name: value for name, value in body.items() if name != "summary"})
    assert_problem(house.get("rival", PATH), 404, "not_found")
    assert lines(house.get("rival", f"/v1/parties/{RIVAL}/X-1/exposure").json()) == [("rival", "reward", 700)]


def test_as_of_then(house: House) -> None:
    known = house.known
    then = house.get("registry", PATH, known_at=known).json()
    assert lines(then) == [("huizhong", "reward", 5000)]
    assert [each["party"] for each in then["parties"]] == ["S-1", "X-1"]
    assert_problem(house.get("registry", PATH.replace("S-1", "S-2"), known_at=known), 404, "not_found")
    now = house.services.now().isoformat()
    plain, asked = house.get("registry", PATH).json(), house.get("registry", PATH, at=now, known_at=now).json()
    of_now = {"at": None, "known_at": None, "limits_used": [], "not_evaluated": []}
    assert {**asked, **of_now} == plain
    before = house.get("registry", PATH, at="2024-02-01").json()
    assert before["exposures"] == []
    assert "Nothing is at stake" in before["summary"]


def test_known_without_exposure_is_an_explicit_nothing(house: House) -> None:
    body = house.get("huizhong", f"/v1/parties/{HUIZHONG}/U-2/exposure").json()
    assert (body["exposures"], body["waiting"], body["counterparties"]) == ([], [], [])
    assert "Nothing is at stake" in body["summary"]


def test_who_is_not_known(house: House) -> None:
    path = f"/v1/parties/{HUIZHONG}/nobody/exposure"
    stranger = assert_problem(house.get("rival", path), 404, "not_found")
    assert assert_problem(house.get("registry", path), 404, "not_found")["detail"] == stranger["detail"]
    first = house.services.reads.span().value.first
    assert first is not None
    early = assert_problem(house.get("registry", PATH, known_at=first.isoformat()), 404, "not_found")
    assert "it was recorded at" in early["detail"]
    assert_problem(house.get(None, PATH), 401, "unauthenticated")
    assert_problem(house.get("registry", PATH, at="2024-02-01T00:00:00"), 422, "invalid_parameter")
