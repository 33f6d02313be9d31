"""What people come for, from signing in to the end, in Chinese and in English, on a whole market."""

from __future__ import annotations

import pytest

from tests.browser.chrome import Chrome
from tests.browser.market import Market
from tests.browser.person import Person

pytestmark = pytest.mark.browser


@pytest.fixture(params=["zh-Hans", "en"])
def person(request: pytest.FixtureRequest, chrome: Chrome, market: Market) -> Person:
    """Who reads one of two languages; afterwards nothing was complained about, and nobody else was asked."""
    return Person(chrome, market, request.param)


@pytest.fixture(autouse=True)
def quiet(chrome: Chrome, market: Market) -> object:
    """No error in the console, no request to another host."""
    yield
    # What the ledger refuses is told in place, with 409; a browser notes every such answer.
    assert [each for each in chrome.complaints if "status of 409" not in each] == []
    assert [each for each in chrome.requested if not each.startswith((market.url, "data:", "blob:", "about:"))] == []


def test_two_people_close_a_critical_alert(person: Person) -> None:
    person.comes("regulator")
    person.goes("/console/alerts?severity=critical&status=open")
    links = person.chrome.page.locator("#queue .what")
    reason = links.first.inner_text()
    person.chrome.act(links.first.click)
    assert person.chrome.page.locator("h1").inner_text() == reason
    alert = person.chrome.page.url.partition("?")[0].removeprefix(person.market.url)
    person.presses("Acknowledge")
    assert person.says("Acknowledged.") in person.reads()
    person.opens("Ask to close")
    person.presses("Ask to close")
    assert person.says("Waiting for a second person") in person.reads()
    assert person.button("Confirm closing").count() == 0, "nobody is his own second person"

    person.comes("regulator", 1)
    person.goes(alert)
    person.presses("Confirm closing")
    assert person.says("closed it") in person.reads()
    history = person.market.api(alert.replace("/console", "/v1"))["history"]
    first, second = (person.market.people["regulator"][number][0] for number in (0, 1))
    told = [(step["step"], step.get("by")) for step in history if step["step"] not in {"opened", "joined"}]
    assert told == [("acknowledged", first), ("close_requested", first), ("closed", second)]


def test_a_platform_mends_a_refused_event(person: Person) -> None:
    party = f"J-{person.tag}"
    person.market.send("party.registered", f"journey-{person.tag}", {"party": party, "kind": "human"})
    person.comes("platform")
    person.goes(f"/platform/held?id=journey-{person.tag}")
    assert person.says("Not mended") in person.reads()
    person.chrome.act(person.chrome.page.locator("main table a").first.click)
    assert "human" in person.chrome.page.locator("pre mark").inner_text(), "the member at fault is marked"
    editor = person.chrome.page.locator("textarea[name=event]")
    person.presses("Try, record nothing")
    assert person.says("It would be refused:") in person.reads()
    editor.fill(editor.input_value().replace("human", "person"))
    person.presses("Try, record nothing")
    assert person.says("It would be recorded.") in person.reads()
    person.presses("Send")
    assert person.says("Mended") in person.reads()
    recorded = person.market.api(f"/v1/events/platform:huizhong/journey-{person.tag}", "platform")
    assert recorded["event"]["data"]["kind"] == "person"
    person.goes(f"/platform/held?id=journey-{person.tag}")
    assert person.says("Not mended") not in person.reads()


def test_a_case_is_opened_from_an_alert_and_referred(person: Person) -> None:
    person.comes("regulator")
    person.goes("/console/alerts?severity=high&status=open")
    person.chrome.act(person.chrome.page.locator("#queue .what").nth(0 if person.tag == "en" else 1).click)
    person.follows("Open a case with it")
    page = person.chrome.page
    page.get_by_label(person.says("Title"), exact=True).fill(f"资金去向 {person.tag} <b>")
    page.locator("#n-jurisdiction").fill("CN")  # some alerts name several platforms, or none
    person.presses("Open the case")
    case = page.url.partition("?")[0].rpartition("/")[2]
    assert page.locator("h1").inner_text() == f"资金去向 {person.tag} <b>", "what people write is shown, never run"
    person.opens("Refer to an agency")
    agency = page.get_by_label(person.says("To which agency"), exact=True)
    chosen = agency.input_value()
    person.presses("Refer")
    assert person.says("Referred to %(name)s", name="").strip() in person.reads()
    known = person.market.api(f"/v1/cases/{case}")
    assert [each["agency"] for each in known["referrals"]] == [chosen]
    assert len(known["alerts"]) == 1


def test_an_investor_checks_a_receipt(person: Person) -> None:
    person.comes("investor")
    person.chrome.act(person.chrome.page.locator("main a[href^='/my/pledges/']").first.click)
    page = person.chrome.page
    asked = len(person.chrome.requested)
    page.locator("[data-check]").first.click()
    page.locator("#verdict h2").wait_for(state="visible")
    assert page.locator("#verdict h2").inner_text() == person.says("This receipt is genuine")
    sent = [each for each in person.chrome.requested[asked:] if "/console/static/" not in each]
    assert sent == [], "it is checked here; nothing is sent"
    with page.expect_download() as kept:
        page.locator("a[download]").first.click()
    changed = (
        kept.value.path()
        .read_text(encoding="utf-8")
        .replace('"entry": "', '"entry": "x')
        .replace('"entry":"', '"entry":"x')
    )
    person.goes("/verify")
    page.locator("#text").fill(changed)
    page.locator("#ask button").last.click()
    page.locator("#verdict h2").wait_for(state="visible")
    assert page.locator("#verdict.verdict-bad").count() == 1, "one letter more, and it proves nothing"


def test_many_alerts_are_worked_by_keys(person: Person) -> None:
    person.comes("regulator")
    person.goes("/console/alerts?severity=medium&status=open")
    page = person.chrome.page
    for key in ("j", "x", "j", "x"):
        person.chrome.key(key)
    chosen = page.locator("#queue .pick input:checked").evaluate_all("boxes => boxes.map(box => box.value)")
    assert len(chosen) == 2
    person.chrome.act(lambda: person.chrome.key("a"))
    assert person.says("Done") in person.reads()
    for alert in chosen:
        assert person.market.api(f"/v1/alerts/{alert}")["status"] == "acknowledged"
