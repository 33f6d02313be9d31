"""Runs of rules and candidates over HTTP: what they say, page by page, and who may ask."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from ledger.kernel import clock
from risk import document, runs
from tests.api.house import House, assert_problem

RULE = "I03-structuring"


@pytest.fixture(scope="module", autouse=True)
def _ran(house: House) -> None:
    house.catch_up()
    each = document.load_all()[RULE]
    with psycopg.connect(house.dsn, autocommit=True) as connection:
        for day in (20_770, 20_771, 20_772):
            assert runs.run(connection, lambda _: [], each, [day], now=clock.now) is not None


def test_runs_are_listed_newest_first_page_by_page(house: House) -> None:
    seen: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        body = house.get("auditor", f"/v1/rules/{RULE}/runs", limit=2, **cursor).json()
        seen += body["items"]
        if body["next"] is None:
            break
        cursor = {"cursor": body["next"]}
    numbers = [each["number"] for each in seen]
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) == 3
    assert {each["status"] for each in seen} == {"done"}
    assert seen[0]["days"] == ["2026-11-15"]
    assert (seen[0]["kind"], seen[0]["since"], seen[0]["why"], seen[0]["findings"]) == ("manual", None, None, 0)
    assert seen[0]["rows_read"] >= 0
    assert len(seen[0]["result_hash"]) == 64


@pytest.mark.parametrize(
    ("who", "path", "status", "code"),
    [
        (None, f"/v1/rules/{RULE}/runs", 401, "unauthenticated"),
        ("huizhong", f"/v1/rules/{RULE}/runs", 403, "forbidden"),
        ("huizhong", f"/v1/rules/{RULE}/shadow", 403, "forbidden"),
        ("registry", "/v1/rules/X99-none/runs", 404, "not_found"),
        ("registry", "/v1/rules/X99-none/shadow", 404, "not_found"),
        ("registry", f"/v1/rules/{RULE}/shadow", 404, "not_found"),
        ("registry", f"/v1/rules/{RULE}/shadow?budget=0", 422, "invalid_parameter"),
        ("registry", f"/v1/rules/{RULE}/runs?cursor=nonsense", 422, "invalid_parameter"),
    ],
)
def test_who_may_not_and_what_is_not_there(house: House, who: str | None, path: str, status: int, code: str) -> None:
    asked = dict([path.partition("?")[2].split("=")]) if "?" in path else {}
    assert_problem(house.get(who, path.partition("?")[0], **asked), status, code)


def test_schedule_says_that_a_rule_runs_near_real_time(house: House) -> None:
    shown = house.get("registry", "/v1/rules/I17-pledge-velocity").json()
    assert shown["schedule"] == {"cron": "25 2 * * *", "zone": "Asia/Shanghai", "every": "500ms"}
