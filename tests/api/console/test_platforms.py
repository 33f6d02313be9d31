"""The platforms: list and page."""

from __future__ import annotations

from tests.api.console.house import Browser


def test_the_list_shows_standing_alerts_and_custody(officer: Browser) -> None:
    page = officer.get("/console/platforms").text
    assert page.count('<th scope="row">') == 5
    assert page.index("汇众梦工场") < page.index("融达网贷"), "those with the most severe open alerts come first"
    for shown in (
        "Reward crowdfunding",
        "short CN¥34,500.00",
        "level",
        "+CN¥456.00",
        "being computed",
    ):
        assert shown in page, shown
    assert 'href="/console/alerts?platform=huizhong&amp;severity=critical"' in page


def test_a_page_for_each(officer: Browser) -> None:
    page = officer.get("/console/platforms/rongda").text
    for shown in ("融达网贷", "Online lending", "not reported", "The custodian of 融达网贷 reports"):
        assert shown in page, shown
    assert 'href="/console/alerts?platform=rongda"' in page


def test_there_is_no_such_platform(officer: Browser) -> None:
    assert officer.get("/console/platforms/nobody").status_code == 404


def test_parameters_are_not_overlooked(officer: Browser) -> None:
    assert officer.get("/console/platforms?sort=name").status_code == 422
    assert officer.get("/console/platforms/rongda?x=1").status_code == 422
