"""Custody against the books over HTTP: days, lines, who may see them."""

from __future__ import annotations

import pytest

from tests.api.house import House, assert_problem, event

PATH = "/v1/platforms/huizhong/reconciliation"


@pytest.fixture(scope="module", autouse=True)
def _open(house: House) -> None:
    def deposit(name: str, amount: int, time: str) -> dict[str, object]:
        data = {"deposit": name, "investor": "U-1", "amount": amount, "currency": "CNY"}
        return event("deposit.received", data, time=time)

    def held(balance: int, day: str) -> dict[str, object]:
        data = {"account": "bank 1", "balance": balance, "currency": "CNY", "as_of": day}
        return event("custody.reported", data, name=f"held-{day}", time=f"{day}T23:59:59+08:00")

    party = event("party.registered", {"party": "U-1", "kind": "person"})
    deposits = [deposit(f"D-{n}", 100 * n, f"2024-05-0{n}T12:00:00+08:00") for n in range(1, 6)]
    # Agrees, lacks the last deposit, lacks 30 more, has 70 too much.
    statements = [held(100, "2024-05-01"), held(100, "2024-05-02"), held(570, "2024-05-03"), held(1570, "2024-05-05")]
    house.tell("huizhong", [party, *deposits, *statements])
    house.catch_up()


def test_days_newest_first_with_what_explains_them(house: House) -> None:
    body = house.get("huizhong", PATH).json()
    days = [(day["day"], day["outcome"], day["difference"]) for day in body["items"]]
    assert days == [
        ("2024-05-05", "unassigned", 70), ("2024-05-03", "unknown", -30), ("2024-05-02", "timing", -200),
        ("2024-05-01", "agrees", 0),
    ]  # fmt: skip
    timing = body["items"][2]["parts"]
    assert [(part["kind"], part["amount"], part["since"], len(part["lines"])) for part in timing] == [
        ("timing", -200, None, 1)
    ]
    assert body["items"][1]["parts"] == [{"kind": "unknown", "amount": -30, "since": "2024-05-03", "lines": []}]
    assert [each["account"] for each in body["items"][0]["accounts"]] == ["bank 1"]
    assert body["position"] > 0


def test_pages_and_filters(house: House) -> None:
    seen, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        body = house.get("auditor", PATH, limit=1, **more).json()
        seen += [day["day"] for day in body["items"]]
        cursor = body["next"]
        if not cursor:
            break
    assert seen == ["2024-05-05", "2024-05-03", "2024-05-02", "2024-05-01"]
    unknown = house.get("registry", PATH, outcome="unknown").json()["items"]
    assert [day["day"] for day in unknown] == ["2024-05-03"]
    assert house.get("registry", PATH, currency="EUR").json()["items"] == []
    latest = house.get("registry", "/v1/reconciliations").json()["items"]
    assert [(each["platform"], each["day"]) for each in latest] == [("huizhong", "2024-05-05")]
    assert house.get("registry", "/v1/reconciliations", outcome="agrees").json()["items"] == []


def test_lines_of_a_day(house: House) -> None:
    path = f"{PATH}/2024-05-05"
    first = house.get("huizhong", path, currency="CNY", limit=1).json()
    assert [(line["id"], line["amount"], line["late"]) for line in first["items"]] == [
        ("deposit.received-D-4-U-1-CNY", 400, True)
    ]
    assert first["summary"]["derived"] == 1500
    assert first["by_type"] == [{"type": "deposit.received", "lines": 2, "amount": 900}]
    second = house.get("huizhong", path, currency="CNY", limit=1, cursor=first["next"]).json()
    assert ([line["amount"] for line in second["items"]], second["next"]) == ([500], None)


def test_walls_and_bad_questions(house: House) -> None:
    assert_problem(house.get("rival", PATH), 403, "forbidden")
    assert_problem(house.get("rival", f"{PATH}/2024-05-05", currency="CNY"), 403, "forbidden")
    assert_problem(house.get("huizhong", "/v1/reconciliations"), 403, "forbidden")
    assert_problem(house.get(None, PATH), 401, "unauthenticated")
    assert_problem(house.get("registry", "/v1/platforms/nobody/reconciliation"), 404, "not_found")
    missing = assert_problem(house.get("registry", f"{PATH}/2024-05-04", currency="CNY"), 404, "not_found")
    assert PATH in missing["detail"]
    for query in ({}, {"currency": "cny"}, {"currency": "CNY", "known_at": "yesterday"}):
        assert_problem(house.get("registry", f"{PATH}/2024-05-05", **query), 422, "invalid_parameter")
    assert_problem(house.get("registry", f"{PATH}/today", currency="CNY"), 422, "invalid_parameter")
    assert_problem(house.get("registry", PATH, outcome="fine"), 422, "invalid_parameter")
    assert_problem(house.get("registry", PATH, known_at="2024-01-01T00:00:00Z"), 422, "invalid_parameter")
