"""What a late event and a correction changed: balances, entities, exposures, limits, alerts, past runs of rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg
import pytest

from ledger.candidate import Answer
from risk import document, runs
from risk.compile import days_since_epoch
from tests.api.house import HUIZHONG, House, assert_problem, campaign, event, pledge

CAP = "P07-borrower-cap"
FEBRUARY = "2024-02-05T10:00:00+08:00"


def _loan(name: str, amount: int, time: str = FEBRUARY) -> list[dict[str, Any]]:
    about = {
        "loan": name, "borrower": "I-1", "amount": amount, "currency": "CNY", "annual_rate": "0.12", "term_months": 12,
        "repayment": "bullet", "raise_until": "2024-03-20", "jurisdiction": "CN",
    }  # fmt: skip
    bid = {"bid": f"b-{name}", "loan": name, "investor": "U-1", "amount": amount}
    return [
        event("loan.listed", about, time=time),
        event("bid.placed", bid, time=time),
        event("loan.disbursed", {"loan": name}, name=f"disbursed-{name}", time=time),
    ]


def _run(house: House, first: date, last: date) -> None:
    """What the scheduler does."""

    def submit(events: Sequence[dict[str, Any]]) -> list[Answer]:
        services, system = house.services, frozenset({"system"})
        return [services.record(services.decode(each, system, services.now())) for each in events]

    days = range(days_since_epoch(first), days_since_epoch(last) + 1)
    with psycopg.connect(house.dsn, autocommit=True) as connection:
        runs.run(connection, submit, document.load_all()[CAP], days, now=house.services.now)
    house.catch_up()


@pytest.fixture(scope="module", autouse=True)
def _told(house: House) -> None:
    house.tell("huizhong", [*campaign(), *_loan("L-1", 15_000_000)])
    house.catch_up()
    _run(house, date(2024, 2, 1), date(2024, 2, 10))
    house.tell("huizhong", [*_loan("L-2", 10_000_000, "2024-02-07T10:00:00+08:00")])  # told long after
    house.catch_up()
    _run(house, date(2024, 2, 11), date(2024, 2, 11))
    house.tell("huizhong", [pledge("A-1")])
    house.tell("huizhong", [event("event.corrected", {"corrects": "made-A-1", "reason": "a mistake"}, name="undo")])
    now = house.services.now().astimezone().isoformat()
    house.tell("huizhong", [event("deposit.received", {
        "deposit": "D-1", "investor": "U-1", "amount": 5, "currency": "CNY",
    }, name="in-time", time=now)])  # fmt: skip
    house.catch_up()


def impact(house: House, name: str, who: str = "registry") -> dict[str, Any]:
    answer = house.get(who, "/v1/impact", event=name)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_loan_told_late(house: House) -> None:
    body = impact(house, f"{HUIZHONG}/disbursed-L-2")
    assert body["late"] is True
    assert (body["effective_from"], body["corrects"]) == ("2024-02-07T02:00:00Z", None)
    assert body["late_by_seconds"] > 80_000_000
    by_account = {each["account"]: each for each in body["balances"]}
    principal = by_account["principal/huizhong/L-2"]
    assert (principal["before"], principal["after"], principal["change"]) == (0, -10_000_000, -10_000_000)
    assert principal["from"] == body["effective_from"]
    assert principal["until"] == body["known_from"]
    borrowed = by_account["borrower/huizhong/I-1"]
    assert (borrowed["before"], borrowed["after"]) == (15_000_000, 25_000_000)
    fields = {(each["field"], each["before"], each["after"]) for each in body["entities"]}
    assert ("status", "listed", "disbursed") in fields
    assert ("outstanding", 0, 10_000_000) in fields
    stakes = {(each["key"], each["before"], each["after"]) for each in body["exposures"]}
    assert ("party:huizhong/I-1", 15_000_000, 25_000_000) in stakes


def test_a_cap_that_was_broken_and_nobody_knew(house: House) -> None:
    body = impact(house, f"{HUIZHONG}/disbursed-L-2")
    platform = [each for each in body["limits"] if each["rule"] == "cn.p2p.cap.natural.platform"]
    assert [(each["outcome"], each["before"], each["after"], each["limit"]) for each in platform] == [
        ("now breached", 15_000_000, 25_000_000, 20_000_000)
    ]
    assert (platform[0]["from"], platform[0]["until"]) == (body["effective_from"], body["known_from"])
    assert "art. 17" in platform[0]["citation"]


def test_past_runs_would_have_found_more(house: House) -> None:
    body = impact(house, f"{HUIZHONG}/disbursed-L-2")
    (run,) = [each for each in body["runs"] if each["rule"] == CAP]
    assert run["days"][0] == "2024-02-07"
    assert {each["day"] for each in run["more"]} == {f"2024-02-{day:02d}" for day in range(7, 11)}
    assert run["fewer"] == []
    assert body["position"] in run["more"][0]["evidence"]
    assert [each["bearing"] for each in body["alerts"]] == ["because of it"]
    assert body["summary"]["runs"] == "Rules asked again as they ran: 1; findings more: 4, fewer: 0."
    assert body["not_evaluated"] == []


def test_a_correction_counts_from_what_it_corrects(house: House) -> None:
    body = impact(house, f"{HUIZHONG}/undo")
    made = house.get("registry", f"/v1/events/{HUIZHONG}/made-A-1").json()
    assert body["corrects"] == made["position"]
    assert body["effective_from"] == made["time"]
    assert {(each["account"], each["before"], each["after"]) for each in body["balances"]} == {
        ("pledged/huizhong/C-9", -5000, 0), ("receivable/huizhong/U-1", 5000, 0),
    }  # fmt: skip
    gone = [each for each in body["entities"] if each["key"] == "pledge:huizhong/A-1" and each["field"] == "status"]
    assert {(each["before"], each["after"]) for each in gone} == {("pledged", None)}
    assert impact(house, str(body["position"]))["id"] == "undo"


def test_what_was_known_in_time_changed_nothing(house: House) -> None:
    body = impact(house, f"{HUIZHONG}/in-time")
    assert body["late"] is False
    assert 0 <= body["late_by_seconds"] < 60
    assert all(body[name] == [] for name in ("balances", "entities", "exposures", "limits", "alerts", "runs"))
    assert "no figure of a past day" in body["summary"]["all"]


def test_the_figures_are_those_that_balances_tells(house: House) -> None:
    """Before and after are what the endpoint answers at the two known times."""
    body = impact(house, f"{HUIZHONG}/disbursed-L-2")
    listed = house.get("registry", f"/v1/events/{HUIZHONG}/bid.placed-b-L-2-L-2-U-1").json()
    for each in body["balances"]:
        for name, at in (("after", "from"), ("after_until", "until")):
            query = {"account": each["account"], "at": each[at], "known_at": body["known_from"]}
            items = house.get("registry", "/v1/balances", **query).json()["items"]
            assert [item["balance"] for item in items if item["account"] == each["account"]] == [each[name]]
    assert listed["recorded_at"] <= body["known_from"]


def test_walls(house: House) -> None:
    name = f"{HUIZHONG}/disbursed-L-2"
    assert_problem(house.get("rival", "/v1/impact", event=name), 404, "not_found")
    assert_problem(house.get(None, "/v1/impact", event=name), 401, "unauthenticated")
    own = impact(house, name, "huizhong")
    assert own["runs"] == []
    assert [text.partition(":")[0] for text in own["not_evaluated"]] == ["runs", "limits"]
    assert all(each["scope"] == "platform" for each in own["limits"])
    assert impact(house, name, "auditor")["balances"] == own["balances"]
    for bad in ("", "x", "platform:huizhong/", "/x", "9" * 30, "-1"):
        assert_problem(house.get("registry", "/v1/impact", event=bad), 422, "invalid_parameter")
    for none in ("0", "999999999", f"{HUIZHONG}/none", "1" * 18):
        assert_problem(house.get("registry", "/v1/impact", event=none), 404, "not_found")
    assert_problem(house.get("registry", "/v1/impact"), 422, "invalid_parameter")
