"""The platform index over HTTP: what supervisors see of a month, as of then, and who sees nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.house import House, assert_problem, event

PATH = "/v1/platforms/huizhong/index"


def report(platform: str, month: str, rate: float, name: str = "") -> dict[str, Any]:
    data = {"month": month, "metrics": {"return_rate_diff_3to6m": rate, "complete_time_diff_3to6m": 100 * rate}}
    following = f"{month[:5]}{int(month[5:]) + 1:02d}-03T09:00:00+08:00"
    return event("platform.reported", data, f"platform:{platform}", name=name or f"r-{month}", time=following)


@pytest.fixture(scope="module", autouse=True)
def _reported(house: House) -> None:
    about = {"platform": "third", "name": "Third", "kinds": ["lending"], "jurisdiction": "CN"}
    quiet = {"platform": "quiet", "name": "Quiet", "kinds": ["lending"], "jurisdiction": "CN"}
    house.tell(
        "registry",
        [
            event("platform.registered", each, "registry", time="2024-01-01T00:00:00Z", name=f"{each['platform']}-1")
            for each in (about, quiet)
        ],
    )
    house.keys["third"] = house.key("platform", "platform:third")
    for month in ("2024-01", "2024-04"):
        house.tell("huizhong", [report("huizhong", month, 15.5 if month == "2024-04" else 10.0)])
        house.tell("rival", [report("rival", month, 9.0)])
        house.tell("third", [report("third", month, 10.0)])
    house.catch_up()


def test_a_month_with_its_dimensions_figures_and_events(house: House) -> None:
    body = house.get("registry", PATH).json()
    assert [each["month"] for each in body["items"]] == ["2024-04", "2024-03", "2024-02", "2024-01"]
    assert (body["platform"], body["next"]) == ("huizhong", None)
    month = body["items"][0]
    assert month["rests_on"] == ["compliance", "returns", "complaints"]
    assert month["rank"] == 833
    by_name = {each["name"]: each for each in month["dimensions"]}
    assert (by_name["spread"]["score"], by_name["spread"]["reason"]) == (None, "not_reported")
    assert (by_name["wording"]["score"], by_name["wording"]["reason"]) == (None, "no_texts")
    figures = {each["name"]: each for each in by_name["returns"]["figures"]}
    deviation = figures["highest_deviation_bp"]
    assert (deviation["value"], deviation["against"], deviation["peers"], deviation["score"]) == (550, 0, 3, 833)
    (position,) = deviation["positions"]
    source = house.get("registry", "/v1/events/platform:huizhong/r-2024-04").json()
    assert source["position"] == position
    assert figures["rise_bp"]["value"] == 550
    assert sum(each["weight"] for each in month["dimensions"]) == 8
    score = sum(by_name[name]["score"] * by_name[name]["weight"] for name in month["rests_on"])
    assert month["score"] == score // sum(by_name[name]["weight"] for name in month["rests_on"])


def test_the_newest_months_come_first_and_as_many_as_asked(house: House) -> None:
    assert [each["month"] for each in house.get("auditor", PATH, months=2).json()["items"]] == ["2024-04", "2024-03"]
    silent = house.get("auditor", PATH, months=2).json()["items"][1]
    assert (silent["rank"], silent["rests_on"]) == (None, ["compliance"])


def test_as_it_was_known_then(house: House) -> None:
    then = house.get("registry", "/v1/events/platform:third/r-2024-04").json()["recorded_at"]
    before = house.get("registry", PATH, known_at=then).json()
    house.tell("huizhong", [report("huizhong", "2024-04", 8.0, "restated")])
    house.catch_up()
    assert house.get("registry", PATH, known_at=then).json()["items"] == before["items"]
    now = house.get("registry", PATH).json()["items"][0]
    assert now["rank"] < before["items"][0]["rank"]


@pytest.mark.parametrize(
    ("who", "path", "status", "code"),
    [
        (None, PATH, 401, "unauthenticated"),
        ("huizhong", PATH, 403, "forbidden"),
        ("rival", PATH, 403, "forbidden"),
        ("registry", "/v1/platforms/nobody/index", 404, "not_found"),
        ("registry", "/v1/platforms/quiet/index", 404, "not_found"),
        ("registry", PATH + "?months=0", 422, "invalid_parameter"),
        ("registry", PATH + "?months=61", 422, "invalid_parameter"),
        ("registry", PATH + "?months=two", 422, "invalid_parameter"),
        ("registry", PATH + "?month=2", 422, "invalid_parameter"),
        ("registry", PATH + "?known_at=yesterday", 422, "invalid_parameter"),
        ("registry", PATH + "?known_at=1999-01-01", 422, "invalid_parameter"),
    ],
)
def test_who_asks_wrongly_is_told_so(house: House, who: str | None, path: str, status: int, code: str) -> None:
    path, _, query = path.partition("?")
    asked = dict([query.split("=")]) if query else {}
    assert_problem(house.get(who, path, **asked), status, code)


def test_a_months_platforms_the_worst_first_page_by_page(house: House) -> None:
    seen: list[dict[str, Any]] = []
    cursor = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        body = house.get("auditor", "/v1/platform-index", month="2024-01", limit=1, **more).json()
        seen += body["items"]
        cursor = body["next"]
        if not cursor:
            break
    assert {each["platform"] for each in seen} == {"huizhong", "rival", "third"}
    scores = [each["score"] for each in seen]
    assert scores == sorted(scores, reverse=True)
    own = house.get("registry", PATH, months=4).json()["items"][-1]
    mine = next(each for each in seen if each["platform"] == "huizhong")
    assert (mine["score"], mine["rank"]) == (own["score"], own["rank"])
    assert mine["dimensions"] == {each["name"]: each["score"] for each in own["dimensions"]}


def test_the_newest_month_is_ranked_where_none_is_named(house: House) -> None:
    assert {each["month"] for each in house.get("registry", "/v1/platform-index").json()["items"]} == {"2024-04"}
    assert_problem(house.get("registry", "/v1/platform-index", month="2023-12"), 404, "not_found")
    assert_problem(house.get("registry", "/v1/platform-index", month="2023-13"), 422, "invalid_parameter")
    assert_problem(house.get("huizhong", "/v1/platform-index"), 403, "forbidden")
