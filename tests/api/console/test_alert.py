"""One alert: what it shows, who may do what, and that nothing in it is taken for markup."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api.console import city, house
from tests.api.console.house import Browser
from tests.api.console.parts import NOW, City
from tests.ledger.stories import undo

NASTY = "<script>alert(1)</script>"


def named(town: City, rule: str) -> str:
    return next(each.id for each in town.alerts() if each.rule == rule)


def act(browser: Browser, alert: str, **form: str) -> tuple[int, str]:
    page = browser.post(f"/console/alerts/{alert}/actions", {"csrf": browser.token(f"/console/alerts/{alert}"), **form})
    return page.status_code, page.text


def test_it_shows_figures_against_thresholds_in_their_units(officer: Browser, town: City) -> None:
    page = officer.get(f"/console/alerts/{named(town, 'C08-raise-cap')}").text
    assert "CN¥5,400,000.00" in page
    assert "&gt; CN¥5,000,000.00" in page
    chinese = officer.get(f"/console/alerts/{named(town, 'C08-raise-cap')}?lang=zh-Hans").text
    assert "¥5,400,000.00" in chinese


def test_it_shows_the_evidence_in_time_with_positions(officer: Browser, town: City) -> None:
    alert = next(each for each in town.alerts() if each.rule == "I01-shared-channel")
    page = officer.get(f"/console/alerts/{alert.id}").text
    for position in alert.evidence:
        assert f"Entry {position}<" in page
    assert "Pledge made" in page
    assert "汇众梦工场" in page


def test_it_shows_rule_law_and_guide(officer: Browser, town: City) -> None:
    page = officer.get(f"/console/alerts/{named(town, 'P02-custody-gap')}").text
    assert "P02-custody-gap@1" in page
    assert "网络借贷信息中介机构业务活动管理暂行办法" in page
    assert "Not yet checked against the source" in page
    assert "Get statements from the custodian" in page


def test_there_is_no_such_alert(officer: Browser) -> None:
    for name in ("X", "I01-shared-channel:0123456789abcdef:1", "..%2F..%2Fetc"):
        assert officer.get(f"/console/alerts/{name}").status_code == 404


def test_a_regulator_works_on_it_and_the_history_tells(officer: Browser, town: City) -> None:
    name = named(town, "P11-silent-platform")
    for form, said in (
        ({"action": "acknowledge"}, "Acknowledged."),
        ({"action": "assign", "to": "zhang.min", "text": "please"}, "Assigned."),
        ({"action": "comment", "text": "called them"}, "Your comment was recorded."),
        ({"action": "escalate", "to": "li.wei"}, "Escalated."),
        ({"action": "close", "outcome": "false_positive", "reason": "data_error"}, "Recorded."),
        ({"action": "reopen"}, "Reopened."),
    ):
        status, page = act(officer, name, **form)
        assert (status, said in page) == (200, True), form
    for told in ("to zhang.min", "please", "called them", "Reported data were wrong", "reopened it"):
        assert told in page
    alert = town.alert(name)
    assert alert is not None
    assert (alert[0].status, alert[0].assignee) == ("open", "li.wei")


def test_a_critical_alert_is_closed_by_two_people(officer: Browser, town: City) -> None:
    name = next(e.id for e in town.alerts() if e.severity == "critical" and e.status == "open")
    status, page = act(officer, name, action="close", outcome="confirmed")
    assert status == 200
    assert "Waiting for a second person" in page
    assert "You asked to close this critical alert" in page
    assert "Confirm closing" not in page
    status, page = act(officer, name, action="close", outcome="confirmed")
    assert status == 409, "the same person can't be both"
    assert "A second person is needed" in page
    with house.Browser(house.app(town)) as second:
        second.sign_in("zhang.min")
        second.get("/console/alerts?lang=en")
        shown = second.get(f"/console/alerts/{name}").text
        assert "li.wei asked to close this critical alert." in shown
        assert "Confirm closing" in shown
        assert act(second, name, action="close", outcome="confirmed")[0] == 200
    alert = town.alert(name)
    assert alert is not None
    assert alert[0].status == "closed"


def test_an_error_is_told_as_a_sentence_and_what_was_typed_stays(officer: Browser, town: City) -> None:
    name = named(town, "P11-silent-platform")
    status, page = act(officer, name, action="close", outcome="false_positive", text="nothing to it")
    assert status == 422
    assert "A false alarm needs a reason" in page
    assert ">nothing to it</textarea>" in page
    assert "Traceback" not in page


def test_two_officers_at_once_are_told_apart(officer: Browser, town: City) -> None:
    name = named(town, "P11-silent-platform")
    token = officer.token(f"/console/alerts/{name}")
    act(officer, name, action="acknowledge")
    page = officer.post(f"/console/alerts/{name}/actions", {"csrf": token, "action": "acknowledge"})
    assert page.status_code == 409
    assert "The alert has changed in the meantime" in page.text


def test_the_answer_to_a_form_can_be_loaded_again(officer: Browser, town: City) -> None:
    name = named(town, "P11-silent-platform")
    assert officer.get(f"/console/alerts/{name}/actions").url.path == f"/console/alerts/{name}"


@pytest.mark.parametrize("token", [None, "", "0" * 64])
def test_without_the_token_nothing_is_done(officer: Browser, town: City, token: str | None) -> None:
    name = named(town, "P11-silent-platform")
    form = {"action": "acknowledge"} | ({} if token is None else {"csrf": token})
    before = len(town.world.events)
    assert officer.post(f"/console/alerts/{name}/actions", form).status_code == 403
    assert len(town.world.events) == before


def test_an_auditor_sees_everything_and_changes_nothing(auditor: Browser, town: City) -> None:
    name = named(town, "P11-silent-platform")
    page = auditor.get(f"/console/alerts/{name}").text
    assert "You may read everything here and change nothing." in page
    assert 'name="action"' not in page
    before = len(town.world.events)
    token = auditor.token("/console/alerts")
    answer = auditor.post(f"/console/alerts/{name}/actions", {"csrf": token, "action": "acknowledge"})
    assert answer.status_code == 403
    assert len(town.world.events) == before


@pytest.mark.parametrize("form", [{"action": "burn"}, {}, {"action": "acknowledge", "outcome": "confirmed"}])
def test_an_unknown_action_or_field_is_refused(officer: Browser, town: City, form: dict[str, str]) -> None:
    assert act(officer, named(town, "P11-silent-platform"), **form)[0] == 422


def test_a_form_of_another_kind_or_size_is_refused(officer: Browser, town: City) -> None:
    name = named(town, "P11-silent-platform")
    address, token = f"/console/alerts/{name}/actions", officer.token("/console/alerts")
    assert officer.post(address, {"csrf": token, "action": "comment", "text": "x" * 70_000}).status_code == 413
    plain = {"Content-Type": "application/json"}
    assert officer._runner.run(officer.client.post(address, content=b"{}", headers=plain)).status_code == 415


def test_nothing_that_others_wrote_is_taken_for_markup() -> None:
    town = city.built(title=NASTY, comment=NASTY)
    name = town.alerts_in_turn()[0].id
    with house.Browser(house.app(town)) as browser:
        browser.sign_in()
        pages = [f"/console/alerts/{name}", "/console/alerts", f"/console/alerts?text={NASTY}", "/console/platforms"]
        for page in pages:
            text = browser.get(page).text
            assert NASTY not in text, page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in browser.get(pages[0]).text
        status, page = act(browser, name, action="comment", text=f'">{NASTY}')
        assert status == 200
        assert NASTY not in page


def test_findings_that_follow_one_another_are_one_line(officer: Browser, town: City) -> None:
    for night, severity in enumerate(("info", "low", "medium", "high")):
        city.find(town, city.shared("d-9", 4 + night, severity, "aixin"), NOW - timedelta(days=6 - night))
    name = next(each.id for each in town.alerts() if each.platform == "aixin" and each.rule == "I01-shared-channel")
    page = officer.get(f"/console/alerts/{name}").text
    assert page.count("The monitor found more") == 1
    assert "3 times, lastly at" in page


def test_evidence_that_was_corrected_says_so() -> None:
    town = city.built()
    alert = next(each for each in town.alerts() if each.rule == "I01-shared-channel")
    wrong = next(each for each in town.world.events.values() if each.position == alert.evidence[-1])
    with house.Browser(house.app(town)) as browser:
        browser.sign_in()
        assert "Corrected since" not in browser.get(f"/console/alerts/{alert.id}?lang=en").text
        own = f"pledge:{wrong.scope}/{wrong.data.pledge}"
        later = [each.id for each in town.world.concerning(own, wrong.position) if each.source == wrong.source]
        for each in (*reversed(later), wrong.id):
            for step in undo(each, wrong.source):
                town.world.send(step)
        assert browser.get(f"/console/alerts/{alert.id}").text.count("Corrected since") == 1


def test_rules_are_told_in_the_script_of_the_reader(officer: Browser, town: City) -> None:
    """Rules are written in simplified Chinese; nobody reads a page in two scripts."""
    address = f"/console/alerts/{named(town, 'C08-raise-cap')}"
    simplified = officer.get(f"{address}?lang=zh-Hans").text
    traditional = officer.get(f"{address}?lang=zh-Hant").text
    assert "向存管银行直接索取对账单" in simplified
    assert "向存管銀行直接索取對帳單" in traditional
    assert "向存管银行直接索取对账单" not in traditional
