"""Many alerts at once, views that people keep, orders and whose alerts: on the real ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.console.test_on_the_ledger import SYSTEM, _finding, _signed_in, _token
from tests.api.console.test_on_the_ledger import alert as the_alert
from tests.api.house import House

alert = the_alert


@pytest.fixture
def wang(house: House, alert: str) -> Iterator[httpx.Client]:
    assert alert
    with _signed_in(house, "wang") as client:
        yield client


@pytest.fixture
def others(house: House, alert: str) -> list[str]:
    """Three alerts that one person may close; new ones for each test."""
    others.count = getattr(others, "count", 0) + 1
    names = [f"U-{others.count}-{number}" for number in range(3)]
    for name in names:
        finding = _finding([1])
        finding["id"] = f"f-{name}"
        finding["data"] |= {"key": {"investor": name}, "severity": "medium", "subject": [f"party:huizhong/{name}"]}
        assert house.services.record(house.services.decode(finding, SYSTEM, house.services.now())).status == "accepted"
    house.catch_up()
    found = house.get("registry", "/v1/alerts", limit=1000).json()["items"]
    return [each["id"] for each in found if each["key"]["investor"] in names and each["id"] != alert]


def test_each_is_an_event_and_what_is_refused_loses_nothing(
    house: House, wang: httpx.Client, alert: str, others: list[str]
) -> None:
    bad = "I17-pledge-velocity:0000000000000000:9"
    before = house.position()
    page = _bulk(wang, [alert, *others, bad, "<b>"], action="close", reason="threshold", text="seen together")
    assert page.status_code == 200
    assert "3 alerts were left as they are" in page.text
    assert "Critical: two people close it" in page.text
    assert "<b>" not in page.text
    assert house.position() == before + 3, "one event each, and none for what was refused"
    house.catch_up()
    for name in others:
        shown = house.get("registry", f"/v1/alerts/{name}").json()
        assert (shown["status"], shown["outcome_reason"], shown["history"][-1]["by"]) == ("closed", "threshold", "wang")
    assert house.get("registry", f"/v1/alerts/{alert}").json()["status"] == "open"


def test_sent_twice_it_is_done_once(house: House, wang: httpx.Client, others: list[str]) -> None:
    form = _form(wang, others, action="comment", text="<i>look</i>")
    assert wang.post("/console/alerts/bulk", data=form).status_code == 200
    end = house.position()
    again = wang.post("/console/alerts/bulk", data=form)
    assert "3 events were recorded" in again.text
    assert house.position() == end


@pytest.mark.parametrize(
    "wrong",
    [{"action": "reopen"}, {"action": "escalate"}, {"action": "close"}, {"action": "assign"}, {"action": "comment"},
     {"action": "close", "reason": "nonsense"}, {}],
)  # fmt: skip
def test_a_form_that_says_too_little_does_nothing(
    house: House, wang: httpx.Client, others: list[str], wrong: dict[str, str]
) -> None:
    before = house.position()
    assert _bulk(wang, others, **wrong).status_code == 422
    assert _bulk(wang, [], action="acknowledge").status_code == 422
    assert _bulk(wang, [f"a:{n}:1" for n in range(101)], action="acknowledge").status_code == 422
    assert house.position() == before


def test_an_auditor_and_a_stranger_s_form_do_nothing(house: House, wang: httpx.Client, others: list[str]) -> None:
    before = house.position()
    form = _form(wang, others, action="acknowledge")
    with _signed_in(house, "shen") as shen:
        page = shen.get("/console/alerts?lang=en").text
        assert 'id="bulk"' not in page
        assert shen.post("/console/alerts/bulk", data={**form, "csrf": _token(page)}).status_code == 403
    assert wang.post("/console/alerts/bulk", data={**form, "csrf": "0" * 64}).status_code == 403
    assert house.position() == before
    assert wang.get("/console/alerts/bulk").url.path == "/console/alerts"


def test_chosen_alerts_make_a_case_or_go_into_one(house: House, wang: httpx.Client, others: list[str]) -> None:
    page = _bulk(wang, others[:2], action="add_alert", case="new")
    assert page.url.path == "/console/cases/new"
    assert page.text.count("Two pledges of one investor") >= 2
    once = re.search(r'name="once" value="([^"]+)"', page.text)
    assert once
    fields = {"csrf": _token(page.text), "once": once[1], "title": "One matter", "alerts": "\n".join(others[:2])}
    opened = wang.post("/console/cases/new", data=fields, follow_redirects=False)
    assert opened.status_code == 303, opened.text
    case = opened.headers["location"].partition("?")[0].rpartition("/")[2]
    house.catch_up()
    assert f'value="{case}"' in wang.get("/console/alerts?status=all").text
    told = _bulk(wang, others, action="add_alert", case=case)
    assert "2 alerts were left as they are" in told.text
    house.catch_up()
    assert house.get("registry", f"/v1/alerts/{others[2]}").json()["case"] == case
    assert _bulk(wang, others, action="add_alert", case="K-2026-999999").text.count('class="became"') == 1
    assert _bulk(wang, others, action="add_alert").status_code == 422


def test_the_queue_tells_where_its_alerts_come_from(house: House, wang: httpx.Client, others: list[str]) -> None:
    finding = _finding([1])
    finding["id"] = f"elsewhere-{others[0][-10:]}"
    finding["data"] |= {"key": {"investor": f"else-{others[0][-10:]}"}, "severity": "low", "platform": "rival",
                        "subject": ["party:rival/U-9"]}  # fmt: skip
    assert house.services.record(house.services.decode(finding, SYSTEM, house.services.now())).status == "accepted"
    house.catch_up()
    page = wang.get("/console/alerts?status=all&lang=en").text
    assert "By platform" in page
    narrower = re.findall(
        r'<li><a href="([^"]+platform=\w+[^"]*)">[^<]+</a>.*?<strong class="num">(\d+)</strong>', page
    )
    total = 0
    for address, told in narrower:
        shown = wang.get(address.replace("&amp;", "&")).text
        assert f"{told} alert" in shown
        total += int(told)
    assert f"{total} alerts" in page
    assert "By platform" not in wang.get("/console/alerts?status=all&platform=rival").text
    assert wang.get("/console/alerts?status=all&days=1").text.count('class="what"') > 0
    assert wang.get("/console/alerts?days=2").status_code == 422


def test_assigned_ones_are_found_and_orders_hold_over_pages(
    house: House, wang: httpx.Client, others: list[str]
) -> None:
    _bulk(wang, others[:2], action="assign", to="wang")
    house.catch_up()
    mine = wang.get("/console/alerts?assignee=@me").text
    assert mine.count('class="what"') == 2
    assert others[0] not in wang.get("/console/alerts?assignee=@nobody").text
    assert wang.get("/console/alerts?sort=newest").text.index(others[2]) > 0
    assert wang.get("/console/alerts?sort=sideways").status_code == 422
    for sort in ("severity", "score", "newest"):
        found: list[str] = []
        asked: dict[str, Any] = {"limit": 2, "sort": sort}
        while True:
            page = house.get("registry", "/v1/alerts", **asked).json()
            found += [each["id"] for each in page["items"]]
            if page["next"] is None:
                break
            asked["cursor"] = page["next"]
        assert len(found) == len(set(found)) == len(house.get("registry", "/v1/alerts", limit=1000).json()["items"])
    assert house.get("huizhong", "/v1/alerts", assignee="wang").status_code == 403


def test_a_view_is_kept_shared_renamed_and_dropped(house: House, wang: httpx.Client) -> None:
    hostile = '"><script>x</script>'
    page = _keep(wang, name=hostile, query="severity=critical&cursor=zzz", shared="1")
    assert str(page.url).endswith("/console/alerts?severity=critical")
    assert "<script>x" not in page.text
    assert "&lt;script&gt;x" in page.text
    with _signed_in(house, "chen") as chen:
        theirs = chen.get("/console/alerts?status=unsettled&lang=en").text
        assert "&lt;script&gt;x" in theirs
        assert "Shared by wang" in theirs
        view = _views(wang)[0]
        form = {"csrf": _token(chen.get("/console/views").text), "view": view, "name": "mine now"}
        assert chen.post("/console/views/change", data=form).status_code == 404, "its owner alone changes it"
        assert chen.post("/console/views/drop", data=form).status_code == 404
    assert _keep(wang, name=hostile, query="severity=high").status_code == 409
    assert _change(wang, view, name="Critical ones").status_code == 200
    with _signed_in(house, "chen") as chen:
        assert "Critical ones" not in chen.get("/console/views").text, "no longer shared"
    wang.post("/console/views/drop", data={"csrf": _token(wang.get("/console/views").text), "view": view})
    assert _views(wang) == []


def test_one_view_opens_the_queue_and_the_filter_can_still_be_reset(wang: httpx.Client) -> None:
    _keep(wang, name="a", query="severity=low", at_start="1")
    _keep(wang, name="b", query="severity=high&sort=newest", at_start="1")
    assert str(wang.get("/console/alerts").url).endswith("?severity=high&sort=newest"), "the last one only"
    assert wang.get("/console/alerts?status=unsettled").url.query == b"status=unsettled"
    for view in _views(wang):
        wang.post("/console/views/drop", data={"csrf": _token(wang.get("/console/views").text), "view": view})
    assert wang.get("/console/alerts").url.query == b""


@pytest.mark.parametrize("query", ["severity=worst", "x=1", "status=open&status=closed", "text=" + "y" * 101])
def test_a_view_that_asks_nonsense_is_not_kept(wang: httpx.Client, query: str) -> None:
    assert _keep(wang, name="n", query=query).status_code == 422
    assert _keep(wang, name=" ", query="").status_code == 422
    assert _views(wang) == []


def _form(client: httpx.Client, names: list[str], **form: str) -> dict[str, str]:
    page = client.get("/console/alerts?status=all&lang=en").text
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert once
    picks = {f"pick.{number}": name for number, name in enumerate(names)}
    return {"csrf": _token(page), "once": once[1], **picks, **form}


def _bulk(client: httpx.Client, names: list[str], **form: str) -> httpx.Response:
    return client.post("/console/alerts/bulk", data=_form(client, names, **form))


def _keep(client: httpx.Client, **form: str) -> httpx.Response:
    token = _token(client.get("/console/alerts?status=all&lang=en").text)
    return client.post("/console/views/keep", data={"csrf": token, **form})


def _change(client: httpx.Client, view: str, **form: str) -> httpx.Response:
    token = _token(client.get("/console/views").text)
    return client.post("/console/views/change", data={"csrf": token, "view": view, **form})


def _views(client: httpx.Client) -> list[str]:
    return re.findall(
        r'action="/console/views/drop">.*?name="view" value="([0-9a-f-]{36})"', client.get("/console/views").text
    )


def test_all_that_fit_are_asked_about_first_and_what_came_since_is_left_alone(
    house: House, wang: httpx.Client, alert: str, others: list[str]
) -> None:
    """The form stands for what its reader saw: an alert that was found meanwhile was never seen by her.

    It assigns what the tests above it count, and is the last for that.
    """
    own = others[0].rpartition(":")[0]
    form = _form(wang, [], action="assign", to="wang", whole="1", query="severity=medium", upto=str(house.position()))
    finding = _finding([1])
    finding["id"] = f"late-{own}"
    finding["data"] |= {"key": {"investor": f"late-{own[-8:]}"}, "severity": "medium"}
    assert house.services.record(house.services.decode(finding, SYSTEM, house.services.now())).status == "accepted"
    house.catch_up()
    before = house.position()
    sure = wang.post("/console/alerts/bulk", data=form)
    assert house.position() == before, "a question changes nothing"
    assert 'name="sure" value="1"' in sure.text
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', sure.text))
    assert wang.post("/console/alerts/bulk", data=fields).status_code == 200
    house.catch_up()
    found = house.get("registry", "/v1/alerts", severity="medium", limit=1000).json()["items"]
    late = [each for each in found if each["found_position"] > int(form["upto"])]
    assert len(late) == 1
    assert late[0]["assignee"] is None
    assert {each["assignee"] for each in found if each not in late and each["status"] != "closed"} == {"wang"}
    assert house.get("registry", f"/v1/alerts/{alert}").json()["assignee"] is None, "critical: it does not fit"
    for wrong in ({"upto": ""}, {"upto": "x"}, {"query": "colour=red"}):
        assert wang.post("/console/alerts/bulk", data={**form, **wrong}).status_code == 422
