"""The office's first page: figures as they are, who may see it, hostile words, a ledger where nothing happened yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from msgspec.structs import replace

from api.console.office.overview import CUSTODY_GAP, gaps, lines, silence
from api.scorecards import Registered
from projections.alerts import Filters
from projections.tallies import Waiting
from tests.api.console.test_on_the_ledger import _finding, _signed_in
from tests.api.console.test_on_the_ledger import alert as the_alert
from tests.api.house import House

alert = the_alert
NOW = datetime(2026, 9, 14, 4, 30, tzinfo=UTC)


@pytest.fixture
def wang(house: House, alert: str) -> Iterator[httpx.Client]:
    assert alert
    with _signed_in(house, "wang") as client:
        yield client


def test_it_is_the_office_s_home_and_counts_what_is_there(house: House, wang: httpx.Client) -> None:
    page = wang.get("/")
    assert page.url.path == "/console/overview"
    assert re.search(r'severity=critical">1<', page.text)
    assert "Two pledges of one investor" in page.text
    figures = house.get("registry", "/v1/overview").json()
    assert [(each["severity"], each["status"], each["days"]) for each in figures["waiting"]] == [
        ("critical", "open", 0)
    ]
    assert [(each["severity"], each["alerts"]) for each in house.get("registry", "/v1/overview", days=366).json()[
        "opened"]] == []  # fmt: skip  # the finding is of 2024
    assert figures["corrections_waiting"] == figures["parked_long"] == 0


def test_hostile_words_stay_words(house: House, wang: httpx.Client) -> None:
    finding = _finding([1])
    said = '"><script>alert(1)</script>'
    finding["id"], finding["data"]["key"] = "f-hostile", {"investor": "U-66"}
    finding["data"]["reason"] = {"zh": said, "en": said}
    answer = house.services.record(house.services.decode(finding, frozenset({"system"}), house.services.now()))
    assert answer.status == "accepted"
    house.catch_up()
    page = wang.get("/console/overview").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_money_missing_in_custody_has_its_currency_and_a_way_on(house: House, wang: httpx.Client) -> None:
    assert "No open alert says that a custodian holds less" in wang.get("/console/overview").text
    finding = _finding([1])
    finding["id"] = "f-gap"
    finding["data"] |= {
        "rule": CUSTODY_GAP, "platform": "huizhong", "key": {"platform": "huizhong", "currency": "CNY"},
        "figures": {"gap_minor": 61_882_408}, "severity": "high",
    }  # fmt: skip
    answer = house.services.record(house.services.decode(finding, frozenset({"system"}), house.services.now()))
    assert answer.status == "accepted"
    house.catch_up()
    card = wang.get("/console/overview").text.partition('id="t-gaps"')[2].partition("</section>")[0]
    assert "618,824.08" in card
    assert "/console/platforms/huizhong/reconciliation?currency=CNY" in card
    assert wang.get("/console/platforms/huizhong/reconciliation?currency=CNY").status_code == 200
    found = house.services.reads.alerts(Filters(rule=CUSTODY_GAP), None, 9).value
    assert [(gap.name, gap.amount) for gap in gaps(found, {"huizhong": "Huizhong"})] == [("Huizhong", 61_882_408)]
    assert gaps([replace(each, figures={}) for each in found], {}) == []


def test_who_may_not(house: House, wang: httpx.Client) -> None:
    with httpx.Client(base_url=house.url) as stranger:
        assert stranger.get("/console/overview").headers["location"].startswith("/console/sign-in")
    assert house.get("huizhong", "/v1/overview").status_code == 403
    assert house.get(None, "/v1/overview").status_code == 401
    assert house.get("auditor", "/v1/overview").status_code == 200
    assert wang.get("/console/overview?x=1").status_code == 422
    assert house.get("registry", "/v1/overview", days=0).status_code == 422


def test_lines_add_up_and_tell_whom_nobody_looked_at() -> None:
    waiting = [
        Waiting("critical", "open", 0, 1), Waiting("critical", "open", 1, 2), Waiting("high", "open", 1, 8),
        Waiting("critical", "acknowledged", 30, 4), Waiting("high", "open", 7, 16), Waiting("info", "open", 30, 32),
    ]  # fmt: skip
    critical, high, medium, low, info = lines(waiting)
    assert (critical.ages, critical.total, critical.overdue) == ([1, 2, 0, 4], 7, 2)
    assert (high.ages, high.overdue) == ([0, 8, 16, 0], 16)
    assert (medium.total, low.total) == (0, 0)
    assert (info.total, info.overdue) == (32, 0), "a notice may wait for ever"


def test_silence_is_counted_from_the_last_report_or_the_beginning() -> None:
    rows = [
        _row("a", "licensed", hours=1), _row("b", "licensed", hours=24), _row("c", "suspended", hours=24 * 8),
        _row("d", "closed", hours=999), _row("e", "licensed", hours=None),
    ]  # fmt: skip
    found = silence(rows, NOW)
    assert [each.id for each in found.silent] == ["e", "c", "b"], "the longest silence first; never is the longest"
    assert (found.reporting, found.long, found.last) == (1, 2, NOW - timedelta(hours=1))
    assert silence([], NOW).last is None


def _row(name: str, status: str, hours: int | None) -> Registered:
    at = None if hours is None else NOW - timedelta(hours=hours)
    return Registered(
        name, name.title(), ["reward"], status, "CN", None, None, None, NOW - timedelta(days=99), 1, at, at
    )  # fmt: skip
