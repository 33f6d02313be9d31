"""A platform's overview, keys, events, alerts and sandbox; and that another platform sees none of it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from api.access import Principal
from api.console.platform.examples import example
from api.console.platform.sandbox import SENT_TYPES, split
from ledger.candidate import Candidate
from tests.api.console import desk
from tests.api.house import HUIZHONG, RIVAL, House, campaign, event, pledge
from tests.ledger.given import INTAKE

SYSTEM = frozenset({"system"})
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PAGES = ("overview", "held", "keys", "events", "alerts", "sandbox")


@pytest.fixture(scope="module")
def room(house: House) -> dict[str, str]:
    """People; a pledge that was paid and released, an alert that is shared with huizhong and one that is not."""
    desk.settle(house)
    house.tell("huizhong", [*campaign(), pledge("P-1"), event("pledge.collected", {"pledge": "P-1"}, name="c/1?x=<y>")])
    house.post("huizhong", event("pledge.made", pledge("P-2")["data"] | {"currency": "USD"}, name="usd"))
    house.post("huizhong", event("pledge.collected", {"pledge": "later"}, name="waits"))
    found = {}
    for rule in ("P20-dormant-escrow", "I17-pledge-velocity"):
        finding = _finding(rule, [house.position(), house.position() - 1, 1])
        assert house.services.record(house.services.decode(finding, SYSTEM, house.services.now())).status == "accepted"
    house.catch_up()
    for each in house.get("registry", "/v1/alerts").json()["items"]:
        found["shared" if each["shareable"] else "kept"] = each["id"]
    assert len(found) == 2
    return found


@pytest.fixture
def hui(house: House, room: dict[str, str]) -> Iterator[httpx.Client]:
    """Somebody of huizhong, reading English."""
    with desk.signed_in(house, "hui") as client:
        yield client


def test_the_overview_says_what_arrived_and_what_waits(hui: httpx.Client) -> None:
    page = html.unescape(hui.get("/platform/overview").text)
    assert "Huizhong" in page
    assert re.search(r"<strong>6</strong><span>recorded in all", page)
    assert re.search(r"<strong>1</strong><span>refused in 60 days", page)
    assert "1 refused event is not mended" in page
    assert "Pledge collected waits for pledge:huizhong/later" in page
    assert "No custodian has reported a balance in CNY" in page
    assert "by the books there is CN¥50.00" in page
    assert "100%" in page, "all that was refused has one reason"
    assert "L-huizhong" in page


def test_a_platform_that_reported_nothing_has_an_overview(house: House, room: dict[str, str]) -> None:
    with desk.signed_in(house, "riv") as rival:
        page = rival.get("/platform/overview").text
        assert "everything you sent has arrived" in page
        assert "never" in page


def test_the_same_figures_for_a_program(house: House, room: dict[str, str]) -> None:
    told = house.get("huizhong", "/v1/reporting").json()
    assert (told["accepted"], told["parked"], told["refused"]) == (6, 1, 1)
    assert told["refused_by_code"] == {"currency_mismatch": 1}
    assert [(each["recorded"], each["refused"]) for each in told["days"]] == [(6, 1)]
    assert told["delays"]["later"] == told["delays"]["events"] == 6, "of 2024, told now"
    assert house.get("rival", "/v1/reporting").json()["accepted"] == 0
    assert house.get("registry", "/v1/reporting", source=HUIZHONG).json()["accepted"] == 6
    for who, query, status in (
        ("rival", {"source": HUIZHONG}, 403),
        ("registry", {}, 422),
        ("auditor", {"source": "x"}, 422),
    ):
        assert house.get(who, "/v1/reporting", **query).status_code == status


def test_a_key_is_shown_once_and_works_until_it_is_revoked(house: House, hui: httpx.Client) -> None:
    made = desk.post(hui, "/platform/keys", do="make", name="billing <b>")
    assert made.status_code == 201
    key = _found(r"(cl_platform_[A-Za-z0-9_-]{43})", made.text)
    assert "billing &lt;b&gt;" in made.text
    again = hui.get("/platform/keys").text
    assert key not in again
    assert "billing &lt;b&gt;" in again
    assert "not seen yet" in again
    with httpx.Client(base_url=house.url, headers={"Authorization": f"Bearer {key}"}) as client:
        assert client.get("/v1/refusals").json()["items"][0]["id"] == "usd"
    assert "just now" in hui.get("/platform/keys").text, "its use was noted"
    name = _found(r'name="key" value="([0-9a-f-]{36})"', again)
    asked = desk.post(hui, "/platform/keys", do="ask", key=name)
    assert "Revoke the key billing" in asked.text
    with psycopg.connect(house.dsn) as connection:
        assert connection.execute("SELECT revoked_at FROM api_keys WHERE id = %s", [name]).fetchone() == (None,)
        desk.post(hui, "/platform/keys", do="revoke", key=name)
        row = connection.execute("SELECT revoked_by, created_by FROM api_keys WHERE id = %s", [name]).fetchone()
        assert row == ("hui", "hui")
        notes = connection.execute("SELECT what, about ->> 'key' FROM door_log WHERE about ? 'key' ORDER BY number")
        assert notes.fetchall() == [("key_made", name), ("key_revoked", name)]
    assert desk.post(hui, "/platform/keys", do="revoke", key=name).status_code == 404, "it is not in use any more"


def test_keys_have_names_a_bound_and_an_owner(house: House, hui: httpx.Client) -> None:
    assert desk.post(hui, "/platform/keys", do="make").status_code == 422
    assert desk.post(hui, "/platform/keys", do="make", name="x" * 129).status_code == 422
    mine = _found(r'name="key" value="([0-9a-f-]{36})"', hui.get("/platform/keys").text)
    stranger = Principal("00000000-0000-0000-0000-000000000000", "riv", "platform", RIVAL)
    assert not house.services.own.keys.revoke(RIVAL, UUID(mine), stranger), "not even past the page"
    with desk.signed_in(house, "riv") as rival:
        for action in ("ask", "revoke"):
            assert desk.post(rival, "/platform/keys", do=action, key=mine).status_code == 404
        made = [desk.post(rival, "/platform/keys", do="make", name=f"k{n}").status_code for n in range(6)]
        assert made == [201, 201, 201, 201, 409, 409], "with the first one there are five"
        assert desk.post(rival, "/platform/keys", do="revoke", key="nonsense").status_code == 404


def test_own_events_are_listed_newest_first_with_receipts(house: House, hui: httpx.Client) -> None:
    page = hui.get("/platform/events").text
    listed = [html.unescape(each) for each in re.findall(r'muted mono ids">([^<]*)<', page)]
    assert listed[:2] == ["c/1?x=<y>", "made-P-1"]
    assert len(listed) == 6
    assert hui.get("/platform/events?type=pledge.made").text.count('href="/platform/events/made') == 1
    link = html.unescape(_found(r'href="(/platform/events/c%2F1[^"]*)"', page))
    one = hui.get(link).text
    assert "c/1?x=&lt;y&gt;" in one
    assert "CN¥50.00" in one
    assert "escrow/huizhong/C-9" in one
    assert hui.get("/platform/events?id=made-P-1").status_code == 200
    assert "Parked event" in hui.get("/platform/events/waits").text, "what waits has its own page"
    receipt = hui.get("/platform/receipts/made-P-1")
    assert receipt.status_code in {200, 409}, "sealed within a second, or not yet"
    for wrong in ("type=nonsense", "cursor=x", "type=platform.licensed"):
        assert hui.get(f"/platform/events?{wrong}").status_code == 422
    with desk.signed_in(house, "riv") as rival:
        assert "Nothing was recorded yet" in rival.get("/platform/events").text
        for path in (link, "/platform/events/made-P-1", "/platform/events/waits", "/platform/receipts/made-P-1"):
            assert rival.get(path).status_code == 404, path
        form = {"csrf": desk.token(rival.get("/platform/keys").text), "do": "send", "reason": "x"}
        assert rival.post("/platform/events/made-P-1", data=form).status_code == 404


def test_the_second_page_of_events_goes_on(house: House, hui: httpx.Client) -> None:
    house.tell("huizhong", [event("party.registered", {"party": f"X-{n}", "kind": "person"}) for n in range(55)])
    first = hui.get("/platform/events?type=party.registered").text
    second = hui.get(html.unescape(_found(r'rel="next" href="([^"]+)"', first))).text
    found = [*re.findall(r"registered-(X-\d+)-person<", first), *re.findall(r"registered-(X-\d+)-person<", second)]
    assert found == [f"X-{n}" for n in reversed(range(55))]


def test_an_event_is_taken_back_after_a_trial(house: House, hui: httpx.Client) -> None:
    house.tell("huizhong", [pledge("P-7")])
    before, path = house.position(), "/platform/events/made-P-7"
    tried = desk.post(hui, path, do="try", reason="typed wrong", replacement="made-P-8")
    assert "It would be recorded." in tried.text
    assert house.position() == before
    assert "typed wrong" in tried.text, "what was typed is kept for sending it"
    done = desk.post(hui, path, do="send", reason="typed wrong", replacement="made-P-8")
    assert "Corrected since" in done.text
    assert house.position() == before + 1
    held = desk.post(hui, "/platform/events/made-P-1", do="send", reason="oops")
    assert held.status_code == 409
    assert "not_correctable" in held.text
    assert house.position() == before + 1


def test_only_shared_alerts_are_shown_and_nothing_of_the_office(
    house: House, hui: httpx.Client, room: dict[str, str]
) -> None:
    with house.client("registry") as office:
        comment = {"action": "comment", "text": "the office says"}
        assert office.post(f"/v1/alerts/{room['shared']}/actions", json=comment).status_code == 201
    house.catch_up()
    page = hui.get("/platform/alerts").text
    assert room["shared"] in html.unescape(page)
    assert room["kept"] not in html.unescape(page)
    one = hui.get(f"/platform/alerts/{room['shared']}").text
    assert "the office says" not in one
    assert "Platform registered" not in one, "evidence of others is counted and not shown"
    assert "1 event of others is not shown" in one
    assert hui.get(f"/platform/alerts/{room['kept']}").status_code == 404
    assert hui.get("/platform/alerts/nothing").status_code == 404
    assert hui.get("/platform/alerts?show=never").status_code == 422
    with desk.signed_in(house, "riv") as rival:
        assert rival.get(f"/platform/alerts/{room['shared']}").status_code == 404
        assert "No open alert" in rival.get("/platform/alerts").text


def test_the_sandbox_decides_and_records_nothing(house: House, hui: httpx.Client) -> None:
    before, refused = house.position(), len(house.get("huizhong", "/v1/refusals").json()["items"])
    good, bad = pledge("T-1"), event("pledge.made", pledge("T-2")["data"] | {"amount": "x"}, name="bad")
    follows = event("pledge.collected", {"pledge": "T-1"}, name="t-c")
    text = "\n".join(json.dumps(each) for each in (good, follows, bad, good))
    page = hui.post("/platform/sandbox", data=_form(hui, do="try", events=text)).text
    assert "2 would be recorded, 1 there already, 1 would be refused" in " ".join(page.split())
    assert "$.amount" in page, "the member at fault is named"
    assert "application/x-ndjson" in page
    assert "1 would be parked" in hui.post(
        "/platform/sandbox", data=_form(hui, do="try", events=json.dumps([follows]))
    ).text.replace("\n", " ")
    assert house.position() == before
    assert len(house.get("huizhong", "/v1/refusals").json()["items"]) == refused
    assert house.get("huizhong", "/v1/events/platform:huizhong/t-c").status_code == 404


def test_the_sandbox_bounds_what_is_pasted(hui: httpx.Client) -> None:
    def tried(text: str) -> httpx.Response:
        return hui.post("/platform/sandbox", data=_form(hui, do="try", events=text))

    assert tried("x" * (1024 * 1024 + 1)).status_code == 413
    assert tried("x" * (6 * 1024 * 1024)).status_code == 413
    assert "can&#39;t be read as one" in tried("[1, 2").text
    assert "More than 200 events" in tried("\n".join('{"id":"a"}' for _ in range(201))).text
    assert "There is nothing to try" in tried("").text
    assert "would be refused" in tried("[" * 5000 + "]" * 5000).text or "can&#39;t be read" in tried("[" * 5000).text
    assert "<script>x" not in tried('{"id":"<script>x</script>"}').text


def test_eligibility_is_asked_without_reserving(house: House, hui: httpx.Client) -> None:
    def asked(**form: str) -> str:
        return hui.post("/platform/sandbox", data=_form(hui, do="ask", kind="campaign", **form)).text

    page = asked(investor="U-1", about="C-9", amount="5000")
    assert "Allowed" in page or "Not allowed" in page
    assert "You have reported no such thing" in asked(investor="nobody", about="C-9", amount="5000")
    assert "whole number of minor units" in asked(investor="U-1", about="C-9", amount="50.00")
    assert "letters, digits" in asked(investor="U 1", about="C-9", amount="50")


@pytest.mark.parametrize("kind", SENT_TYPES)
def test_every_example_has_the_form_of_its_type(kind: str) -> None:
    made = example(kind, HUIZHONG, None, NOW, "abcd1234")
    assert isinstance(INTAKE.decode(json.dumps(made).encode(), frozenset({HUIZHONG}), NOW), Candidate), made


def test_examples_begin_with_what_the_platform_sent_itself(hui: httpx.Client) -> None:
    page = html.unescape(hui.get("/platform/sandbox?example=pledge.made").text)
    text = _found(r"<textarea[^>]*>(.*?)</textarea>", page)
    made = json.loads(text)
    assert made["data"]["campaign"] == "C-9"
    assert made["data"]["pledge"].startswith("try-pledge-")
    assert hui.get("/platform/sandbox?example=platform.licensed").status_code == 422


@pytest.mark.parametrize(
    ("text", "form", "number"),
    [
        ('{"a":1}', "one", 1),
        ('{\n"a":1\n}\n', "one", 1),
        ('[{"a":1},{"b":2}]', "batch", 2),
        ("[]", "batch", 0),
        ('{"a":1}\n\n{"b":2}\r\n', "lines", 2),
        ("", "one", 0),
        ("garbage\nmore", "one", 1),
        ('{"a":1', "one", 1),
    ],
)
def test_what_is_pasted_is_told_apart(text: str, form: str, number: int) -> None:
    found, items = split(text)
    assert (found, len(items)) == (form, number)


@pytest.mark.parametrize("page", PAGES)
def test_who_may_see_the_room(house: House, room: dict[str, str], page: str) -> None:
    path = f"/platform/{page}"
    with httpx.Client(base_url=house.url) as nobody:
        assert nobody.get(path).headers["location"].startswith("/console/sign-in")
    with desk.signed_in(house, "wang") as regulator:
        assert regulator.get(path).status_code == 403
    with desk.signed_in(house, "hao", "zh-Hans") as chinese:
        assert 'lang="zh-Hans"' in chinese.get(path).text
        assert chinese.get(f"{path}?nonsense=1").status_code == 422


def _form(client: httpx.Client, **form: str) -> dict[str, str]:
    return {"csrf": desk.token(client.get("/platform/sandbox").text), **form}


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.DOTALL)
    assert found, (pattern, text[:3000])
    return found[1]


def _finding(rule: str, evidence: list[int]) -> dict[str, Any]:
    data = {
        "rule": rule, "version": 1, "key": {"campaign": "campaign:huizhong/C-9"}, "severity": "high", "score": 500,
        "window": {"first_day": "2024-03-01", "last_day": "2024-03-28"}, "subject": ["campaign:huizhong/C-9"],
        "platform": "huizhong", "figures": {"days": 17}, "params": {"wait_days": 7}, "evidence": evidence,
        "evidence_count": len(evidence), "reason": {"zh": f"{rule} 说", "en": f"{rule} says so"},
    }  # fmt: skip
    if rule.startswith("P20"):
        data["shareable"] = True
    return {
        "specversion": "1.0", "id": f"f-{rule}", "source": "system", "type": "alert.found",
        "time": "2024-03-29T00:00:00Z", "data": data,
    }  # fmt: skip
