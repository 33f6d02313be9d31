"""The alert queue: order, filters in the address, pages, the bar of new alerts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.api.console import city
from tests.api.console.house import Browser
from tests.api.console.parts import NOW, City


def severities(text: str) -> list[str]:
    queue = text.partition('id="queue"')[2]
    return re.findall(r'class="sev sev-(\w+)"', queue)


def links(text: str) -> list[str]:
    return re.findall(r'class="what" href="([^"]+)"', text)


def test_the_most_severe_comes_first_and_closed_ones_are_left_out(officer: Browser, town: City) -> None:
    page = officer.get("/console/alerts")
    shown = severities(page.text)
    assert shown[:4] == ["critical", "critical", "high", "high"]
    closed = next(each.id for each in town.alerts() if each.status == "closed")
    assert closed not in page.text
    assert "37 alerts" in page.text


def test_each_line_says_why_in_the_readers_language(officer: Browser) -> None:
    assert "14 investors paid 31 times through the same device" in officer.get("/console/alerts").text
    chinese = officer.get("/console/alerts?lang=zh-Hans").text
    assert "14 名投资人在 90 天内使用同一设备" in chinese
    assert "多人共用同一设备" in chinese


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("status=all", 38),
        ("status=closed", 1),
        ("status=close_requested", 1),
        ("severity=critical", 2),
        ("platform=qihang", 1),
        ("rule=C01-self-pledge", 1),
        ("text=u-29", 1),
        ("text=%E5%AD%98%E7%AE%A1", 2),
        ("severity=critical&platform=rongda&status=&text=", 1),
    ],
)
def test_a_filter_lives_in_the_address(officer: Browser, query: str, total: int) -> None:
    page = officer.get(f"/console/alerts?{query}")
    assert len(severities(page.text)) == min(total, 25)
    assert f"{total} alert" in page.text


def test_the_form_shows_the_filter_that_is_on(officer: Browser) -> None:
    page = officer.get("/console/alerts?status=all&severity=high&text=O-2").text
    for chosen in ('value="all" selected', 'value="high" selected', 'value="O-2"'):
        assert chosen in page


@pytest.mark.parametrize(
    "query",
    [
        "colour=red",
        "status=burning",
        "severity=worst",
        "rule=X99-none",
        "platform=nobody",
        "cursor=%00",
        "cursor=bm9uZQ",
        "severity=high&severity=low",
        f"text={'x' * 101}",
        "lang=tlh",
        "theme=pink",
    ],
)
def test_an_unknown_filter_is_an_error_and_never_an_empty_list(officer: Browser, query: str) -> None:
    page = officer.get(f"/console/alerts?{query}")
    assert page.status_code == 422
    assert "invalid_parameter" in page.text
    machine = officer.get(f"/console/alerts?{query}", headers={"Accept": "application/json"})
    assert machine.headers["content-type"] == "application/problem+json"


def test_pages_follow_one_another_without_a_gap(officer: Browser) -> None:
    seen: list[str] = []
    address = "/console/alerts?status=all"
    while address:
        page = officer.get(address)
        seen += links(page.text)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 38


def test_a_cursor_belongs_to_its_filter(officer: Browser) -> None:
    page = officer.get("/console/alerts?status=all")
    cursor = re.search(r"cursor=([\w-]+)", page.text)
    assert cursor
    assert officer.get(f"/console/alerts?severity=low&cursor={cursor[1]}").status_code == 422


def test_an_empty_queue_says_what_to_do(officer: Browser) -> None:
    page = officer.get("/console/alerts?text=nowhere")
    assert page.status_code == 200
    assert "No alerts match" in page.text
    assert "Show all alerts" in page.text


def test_the_bar_tells_of_what_has_come_since_and_what_fits_the_filter(officer: Browser, town: City) -> None:
    page = officer.get("/console/alerts?severity=high").text
    polled = re.search(r'hx-get="([^"]+)"[^>]*hx-trigger="[^"]*every', page)
    assert polled
    address = polled[1].replace("&amp;", "&")
    assert officer.get(address).text.count("<a ") == 0
    city.find(town, city.shared("d-1", platform="zhumeng"), NOW - timedelta(hours=1))
    city.find(town, city.shared("d-2", platform="aixin", severity="low"), NOW - timedelta(hours=1))
    piece = officer.get(address).text
    assert "1 new alert, show it" in piece
    assert 'href="/console/alerts?severity=high"' in piece


def test_the_bar_needs_a_position(officer: Browser) -> None:
    assert officer.get("/console/alerts/news").status_code == 422
    assert officer.get("/console/alerts/news?after=x").status_code == 422


def test_the_overview_counts_by_severity_and_leads_to_each(officer: Browser) -> None:
    page = officer.get("/console/alerts").text
    tiles = re.findall(r'href="/console/alerts\?severity=(\w+)"[^>]*><strong>(\d+)', page)
    assert tiles == [("critical", "2"), ("high", "2"), ("medium", "17"), ("low", "15"), ("info", "1")]


def test_the_foot_shows_the_end_of_the_log_and_the_seal(officer: Browser, town: City) -> None:
    page = officer.get("/console/alerts").text
    assert f"Ledger at entry {len(town.world.events)}" in page
    assert f"Sealed to entry {len(town.world.events)}" in page
    assert "Times of Asia/Shanghai" in page
