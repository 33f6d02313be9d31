"""A platform finds what was refused or parked, sees why, and mends it; another platform sees none of it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.console import desk
from tests.api.house import LINES, House, campaign, event, pledge

HELD = "/platform/held"


@pytest.fixture(scope="module")
def held(house: House) -> dict[str, str]:
    """Pages of refused items by what is wrong with them."""
    desk.settle(house)
    house.tell("huizhong", [*campaign(), pledge("P-1"), event("pledge.collected", {"pledge": "P-1"}, name="c-1")])
    bad: dict[str, bytes] = {
        "currency": _json(pledge("P-2") | {"id": "cur", "data": pledge("P-2")["data"] | {"currency": "USD"}}),
        "late": _json(event("pledge.made", pledge("P-3")["data"], name="late", time="2024-07-01T00:00:00+08:00")),
        "reused": _json(pledge("P-1") | {"data": pledge("P-1")["data"] | {"amount": 5001}}),
        "refund": _json(event("pledge.refunded", {"pledge": "P-1", "amount": 999_999}, name="ref")),
        "form": _json(event("pledge.made", pledge("P-4")["data"] | {"amount": "fifty"}, name="form")),
        "hostile": _json(event("pledge.maid", {"note": "<script>alert(1)</script>\u202eevil"}, name="hostile")),
        "text": b"not json <b>at all</b>",
        "bytes": b'{"id":"b","x":"\xff\xfe"}',
        "taken": _json(event("pledge.made", pledge("P-1")["data"], name="taken")),
    }
    pages = {}
    for name, body in bad.items():
        answer = house.post("huizhong", body)
        assert answer.status_code in {409, 422}, (name, answer.text)
        items = house.get("huizhong", "/v1/refusals").json()["items"]
        pages[name] = items[-1]["code"]
    house.catch_up()
    with desk.signed_in(house, "hui") as client:
        numbers = re.findall(r'/platform/held/refused/(\d+)"', client.get(HELD).text)
    assert len(numbers) == len(bad)
    return {name: f"{HELD}/refused/{number}" for name, number in zip(bad, reversed(numbers), strict=True)}


@pytest.fixture
def hui(house: House, held: dict[str, str]) -> Iterator[httpx.Client]:
    """Somebody of huizhong, reading English."""
    with desk.signed_in(house, "hui") as client:
        yield client


def test_the_list_says_what_was_refused_and_why(hui: httpx.Client) -> None:
    page = hui.get(HELD).text
    assert page.count("Not mended") == 9
    assert "Currency does not match" in page
    assert "pledge.maid" not in re.sub(r"there is no event type.*", "", page)
    assert "&lt;script&gt;" not in page, "bodies are not in the list"
    only = hui.get(f"{HELD}?code=after_deadline").text
    assert only.count("#t-mend") == 1
    assert hui.get(f"{HELD}?id=cur").text.count("#t-mend") == 1
    assert hui.get(f"{HELD}?type=pledge.refunded").text.count("#t-mend") == 1
    assert "Nothing fits this filter" in hui.get(f"{HELD}?day=1999-01-01").text
    for wrong in ("code=nonsense", "day=yesterday", "show=all", "id=a&id=b", "who=me", "cursor=zzzz"):
        assert hui.get(f"{HELD}?{wrong}").status_code == 422, wrong


@pytest.mark.parametrize(
    ("name", "member", "says"),
    [
        ("currency", '"currency": "USD"', ["CNY", "in the currency of the campaign"]),
        (
            "late",
            '"time": "2024-07-01T00:00:00+08:00"',
            ["1 Jul 2024 00:00:00", "1 Jun 2024 23:59:59", "after the end"],
        ),
        ("reused", '"id": "made-P-1"', ["data.amount", "5000", "5001", '"id": "made-P-2"']),
        ("refund", '"amount": 999999', ["CN¥50.00", "CN¥9,999.99"]),
        ("form", '"amount": "fifty"', ["minor units"]),
        ("taken", '"pledge": "P-1"', ["nothing has to be done"]),
    ],
)
def test_each_refusal_shows_the_member_at_fault_and_the_figures(
    hui: httpx.Client, held: dict[str, str], name: str, member: str, says: list[str]
) -> None:
    page = html.unescape(hui.get(held[name]).text)
    marked = re.findall("<mark>(.*?)</mark>", page)
    assert any(member in each for each in marked), marked
    for each in says:
        assert each in page, (each, page)
    assert "/docs/refusals#" in page


def test_hostile_bodies_are_shown_and_do_nothing(hui: httpx.Client, held: dict[str, str]) -> None:
    page = hui.get(held["hostile"]).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "\u202e" not in page, "what turns text round is shown as its escape"
    assert "\\u202eevil" in page
    assert "not json &lt;b&gt;at all&lt;/b&gt;" in hui.get(held["text"]).text
    assert "000010  fe 22 7d" in hui.get(held["bytes"]).text


def test_a_platform_mends_a_refused_event(house: House, hui: httpx.Client, held: dict[str, str]) -> None:
    path, before = held["currency"], house.position()
    wrong = _draft(hui, path)
    still = desk.post(hui, path, do="try", event=json.dumps(wrong))
    assert still.status_code == 409
    assert "It would be refused" in still.text
    wrong["data"]["currency"] = "CNY"
    tried = desk.post(hui, path, do="try", event=json.dumps(wrong))
    assert "It would be recorded." in tried.text
    assert "nothing was recorded" in tried.text
    assert house.position() == before
    done = desk.post(hui, path, do="send", event=json.dumps(wrong))
    assert done.status_code == 200
    assert f"entry {before + 1}" in done.text
    found = house.get("huizhong", "/v1/events/platform:huizhong/cur").json()
    assert found["event"]["data"]["currency"] == "CNY"
    assert "Mended: entry" in hui.get(f"{HELD}?id=cur").text
    again = desk.post(hui, path, do="send", event=json.dumps(wrong))
    assert again.status_code == 200
    assert house.position() == before + 1, "sent twice is recorded once"


def test_under_a_new_id_it_is_known_what_it_mends(house: House, hui: httpx.Client, held: dict[str, str]) -> None:
    path = held["reused"]
    draft = _draft(hui, path)
    assert draft["id"] == "made-P-2"
    draft["data"]["pledge"] = "P-20"
    assert "made-P-2" in desk.post(hui, path, do="send", event=json.dumps(draft)).text
    assert "Mended" in hui.get(path).text
    assert house.get("huizhong", "/v1/events/platform:huizhong/made-P-2").status_code == 200


def test_what_is_refused_again_keeps_the_text_and_leaves_no_trace(
    house: House, hui: httpx.Client, held: dict[str, str]
) -> None:
    before = len(house.get("huizhong", "/v1/refusals").json()["items"])
    page = desk.post(hui, held["form"], do="send", event='{"my": "own <text>"}')
    assert page.status_code == 409
    assert "It was not sent" in page.text
    assert "own &lt;text&gt;" in page.text
    assert len(house.get("huizhong", "/v1/refusals").json()["items"]) == before


def test_nobody_sends_for_another_or_in_the_supervisors_name(hui: httpx.Client, held: dict[str, str]) -> None:
    others = pledge("P-9", source="platform:rival")
    assert "source_not_yours" in desk.post(hui, held["form"], do="send", event=json.dumps(others)).text
    for kind, data in (
        ("platform.suspended", {"platform": "rival", "reason": "envy"}),
        ("correction.approved", {"correction": "huizhong/x", "corrects": "y", "by": "lin"}),
    ):
        word = event(kind, data, name="n")
        assert "source_not_yours" in desk.post(hui, held["form"], do="send", event=json.dumps(word)).text, kind
    answer = hui.post(held["form"], data={"do": "send", "event": json.dumps(pledge("P-9"))})
    assert answer.status_code == 403, "a form without its token sends nothing"


def test_large_texts_are_refused_in_place(hui: httpx.Client, held: dict[str, str]) -> None:
    page = desk.post(hui, held["form"], do="try", event="x" * (1024 * 1024 + 1))
    assert page.status_code == 413
    assert "larger than one event can be" in page.text
    assert desk.post(hui, held["form"], do="try", event="x" * (5 * 1024 * 1024)).status_code == 413
    just = pledge("P-8") | {"id": "big", "data": pledge("P-8")["data"] | {"extra": {"x": "y" * 60_000}}}
    assert "would be refused" in desk.post(hui, held["form"], do="try", event=json.dumps(just)).text


def test_what_is_parked_says_what_it_waits_for_and_that_this_was_refused(house: House, hui: httpx.Client) -> None:
    opened = campaign(name="C-10")[-1]
    wrong = opened | {"id": "c10", "data": opened["data"] | {"goal": -1}}
    late = event("pledge.made", pledge("P-70")["data"] | {"campaign": "C-10"}, name="waits")
    orphan = event("pledge.collected", {"pledge": "nobody-knows"}, name="orphan")
    for each in (wrong, late, orphan):
        house.post("huizhong", each)
    page = hui.get(f"{HELD}?show=parked").text
    assert "campaign:huizhong/C-10" in page
    assert hui.get(f"{HELD}?show=parked&type=pledge.collected").text.count("/platform/held/parked/") == 1
    numbers = re.findall(r"/platform/held/parked/(\d+)", page)
    waiting = hui.get(f"{HELD}/parked/{numbers[1]}").text
    assert "It was sent and refused" in waiting
    assert re.search(r"/platform/held/refused/\d+", waiting)
    assert "Send pledge.made for it first" in hui.get(f"{HELD}/parked/{numbers[0]}").text
    house.tell("huizhong", [opened | {"id": "c10"}])
    assert "What it waited for has arrived" in hui.get(f"{HELD}/parked/{numbers[1]}").text


def test_the_second_page_goes_on_where_the_first_ended(house: House, hui: httpx.Client) -> None:
    many = [event("pledge.maid", {}, name=f"many-{each}") for each in range(60)]
    house.post("huizhong", b"".join(_json(each) + b"\n" for each in many), LINES)
    first = hui.get(f"{HELD}?code=unknown_type").text
    following = html.unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])  # type: ignore[index]
    second = hui.get(following).text
    ids = [re.findall(r"many-(\d+)<", page) for page in (first, second)]
    assert len(ids[0]) == 50
    assert [int(each) for page in ids for each in page] == list(range(59, -1, -1))
    assert "belongs to another question" in hui.get(following.replace("unknown_type", "malformed")).text


def test_another_platform_sees_none_of_it(house: House, held: dict[str, str]) -> None:
    with desk.signed_in(house, "riv") as rival:
        assert "Nothing was refused" in rival.get(HELD).text
        for path in held.values():
            assert rival.get(path).status_code == 404
            form = {"csrf": desk.token(rival.get(HELD).text), "do": "send", "event": "{}"}
            assert rival.post(path, data=form).status_code == 404
        assert rival.get(f"{HELD}/parked/1").status_code == 404
        for number in ("0", "-1", "x", "9" * 30, "١"):
            assert rival.get(f"{HELD}/refused/{number}").status_code == 404
    with desk.signed_in(house, "wang") as regulator:
        assert regulator.get(HELD).status_code == 403
    house.post("rival", b"rival's own")
    number = house.get("rival", "/v1/refusals").json()["items"][-1]["number"]
    house.post("huizhong", b"and then another")
    with desk.signed_in(house, "hui") as client:
        assert client.get(f"{HELD}/refused/{number}").status_code == 404, "not the next one of one's own instead"
        assert client.get(f"{HELD}/refused/{number + 1}").status_code == 200


def test_it_is_told_in_chinese(house: House, held: dict[str, str]) -> None:
    with desk.signed_in(house, "hao", "zh-Hans") as client:
        assert "未补正" in client.get(HELD).text
        page = client.get(held["late"]).text
        assert "如何补正" in page
        assert "截止" in page
        assert 'lang="en"' in page, "what the ledger said is English, and marked so"


def _json(made: dict[str, Any]) -> bytes:
    return json.dumps(made).encode()


def _draft(client: httpx.Client, path: str) -> dict[str, Any]:
    """What the editor begins with."""
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", client.get(path).text, re.DOTALL)
    assert found
    draft: dict[str, Any] = json.loads(html.unescape(found[1]))
    return draft
