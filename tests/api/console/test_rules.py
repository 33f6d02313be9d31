"""The rules as people read them."""

from __future__ import annotations

from tests.api.console.house import Browser
from tests.api.console.parts import City


def test_list_shows_every_rule_by_family_with_its_record(officer: Browser, town: City) -> None:
    page = officer.get("/console/rules").text
    for shown in ("Platforms", "Project owners and issuers", "P02-custody-gap@", "C08-raise-cap@"):
        assert shown in page, shown
    raised = sum(alert.rule == "C08-raise-cap" for alert in town.alerts())
    assert f'href="/console/alerts?status=all&amp;rule=C08-raise-cap">{raised}</a>' in page
    assert officer.get("/console/rules?x=1").status_code == 422


def test_page_of_a_rule_says_what_it_does(officer: Browser) -> None:
    page = officer.get("/console/rules/P02-custody-gap").text
    for shown in ("Thresholds", "Fires where", "How often it was right", "Runs"):
        assert shown in page, shown
    assert 'href="/console/rules" aria-current="true"' in page
    assert officer.get("/console/rules/P99-nothing").status_code == 404


def test_chinese_readers_read_chinese(officer: Browser) -> None:
    page = officer.get("/console/rules/P02-custody-gap?lang=zh-Hans").text
    for shown in ("阈值", "触发条件", "向存管银行直接索取对账单"):
        assert shown in page, shown


def test_alert_leads_to_its_rule(officer: Browser, town: City) -> None:
    alert = next(each for each in town.alerts() if each.rule == "P02-custody-gap")
    assert 'href="/console/rules/P02-custody-gap"' in officer.get(f"/console/alerts/{alert.id}").text


def test_so_many_a_day_is_no_date(officer: Browser) -> None:
    page = officer.get("/console/rules/I17-pledge-velocity").text
    assert "1970" not in page
    assert "<dd>20</dd>" in page
