"""What is looked up: the box, parties, campaigns, loans, pledges, events, on the real ledger."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest

from api.access import Role
from api.console.office.event_impact import Line, once
from ops import access_store
from tests.api.house import RIVAL, House, campaign, event, pledge

PASSWORD = "a password for the tests"
HOSTILE = '"><script>alert(1)</script>'
MANY = 24  # more than a page


def told() -> list[dict[str, Any]]:
    """A campaign with a hostile title, many pledges, a refund, a release, a correction; a loan that is late."""
    party = {"party": "Z:1..2", "kind": "organisation", "name": HOSTILE}
    opened = campaign(name="C-9")
    opened[-1]["data"]["title"] = HOSTILE
    wrong = pledge("P-wrong", amount=77)
    about = [*opened, event("party.registered", party, name="corp")]
    pledges = [pledge(f"P-{number:02d}", amount=1_000 + number) for number in range(MANY)]
    collected = [event("pledge.collected", {"pledge": f"P-{number:02d}"}) for number in range(MANY)]
    late = event("pledge.made", {**pledge("P-late")["data"]}, time="2024-03-01T09:00:00+08:00", name="made-late")
    lent = {
        "loan": "L-1", "borrower": "U-2", "amount": 120000, "currency": "CNY", "annual_rate": "0.12", "term_months": 6,
        "repayment": "equal_instalments", "raise_until": "2024-04-01", "jurisdiction": "CN",
    }  # fmt: skip
    return [
        *about, wrong,
        event("event.corrected", {"corrects": wrong["id"], "reason": "typed twice"}, name="undo"),
        *pledges, *collected, late,
        event("pledge.refunded", {"pledge": "P-00", "amount": 400}, time="2024-03-05T00:00:00+08:00"),
        event("funds.released", {"campaign": "C-9", "amount": 5_000}, time="2024-03-06T00:00:00+08:00"),
        event("loan.listed", lent),
        event("bid.placed", {"bid": "B-1", "loan": "L-1", "investor": "U-1", "amount": 120000}),
        event("loan.disbursed", {"loan": "L-1"}, time="2024-03-03T00:00:00+08:00"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def full(house: House) -> House:
    """The house with its story."""
    people: list[tuple[Role, str]] = [("regulator", "wang"), ("auditor", "shen"), ("platform", "hui")]
    with psycopg.connect(house.dsn) as connection:
        for role, name in people:
            source = {"regulator": "registry", "auditor": None, "platform": "platform:huizhong"}[role]
            access_store.create_user(
                connection, role=role, name=name, password=PASSWORD, source=source, person=None
            )  # fmt: skip
    house.tell("huizhong", told())
    house.tell("rival", [event("party.registered", {"party": "U-1", "kind": "person"}, RIVAL)])
    house.catch_up()
    return house


@pytest.fixture
def wang(full: House) -> Iterator[httpx.Client]:
    """A regulator."""
    with _signed_in(full, "wang") as client:
        yield client


def test_a_campaign_shows_its_money_and_nothing_of_a_hostile_title(wang: httpx.Client) -> None:
    page = wang.get("/console/campaigns/huizhong/C-9")
    assert page.status_code == 200
    assert HOSTILE not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    collected = sum(range(1_000, 1_000 + MANY))
    assert _money(collected) in page.text
    assert _money(collected - 400 - 5_000) in page.text, "what is left in escrow"
    drawn = _drawn(page.text)
    assert {each["kind"] for each in drawn["flow-money"]["nodes"]} == {"campaign", "investors", "party"}
    labels = {each["label"] for each in drawn["flow-money"]["edges"]}
    assert labels == {_money(collected), _money(400), _money(5_000)}
    around = drawn["flow-around"]
    into = [each for each in around["edges"] if _money(collected) == each["label"]]
    assert len(into) == 1, "the sum of what went in is what was collected"
    assert page.text.count("Newest first") == 1


def test_pledges_go_page_by_page_in_both_orders(wang: httpx.Client) -> None:
    for order, first in (("", "P-late"), ("?order=largest", "P-late")):
        page = wang.get(f"/console/campaigns/huizhong/C-9{order}").text
        rows = re.findall(r'href="/console/pledges/huizhong/(P-\w+)"', page.split('id="t-events"')[0])
        following = re.search(r'href="([^"]*pledges=[^"]+)#t-pledges"', page)
        assert following, order
        more = wang.get(following[1].replace("&amp;", "&")).text
        rows += re.findall(r'href="/console/pledges/huizhong/(P-\w+)"', more.split('id="t-events"')[0])
        seen = dict.fromkeys(rows)
        assert next(iter(seen)) == first
        assert len(seen) == MANY + 1, "each once, none left out, and not the one that was taken back"
    assert following is not None
    other = following[1].replace("order=largest", "")
    assert wang.get(other.replace("&amp;", "&")).status_code == 422, "a cursor of another order"


def test_two_times(wang: httpx.Client) -> None:
    before = wang.get("/console/campaigns/huizhong/C-9?at=2024-03-04").text
    assert _money(400) not in before.split('id="t-pledges"')[0], "the refund came on 5 March"
    early = wang.get("/console/campaigns/huizhong/C-9?at=2024-01-15")
    assert early.status_code == 404
    assert "It was not there then" in early.text
    for wrong in ("at=yesterday", "at=2124-01-01", "known_at=1999-01-01"):
        page = wang.get(f"/console/campaigns/huizhong/C-9?{wrong}")
        assert page.status_code == 200
        assert "These times can" in page.text
        assert wrong.partition("=")[2] in page.text, "what was typed stays"
    assert wang.get("/console/loans/huizhong/L-1?at=2024-03-20").status_code == 200
    party = wang.get("/console/parties/huizhong/U-1?at=2024-03-01T00:00:00%2B08:00").text
    assert "Limits are held against the present only" in party


def test_a_loan_shows_its_schedule_and_how_late_it_is(wang: httpx.Client) -> None:
    page = wang.get("/console/loans/huizhong/L-1").text
    assert page.count("Late</td>") == 6
    assert _money(120_000) in page
    drawn = _drawn(page)
    assert {each["kind"] for each in drawn["flow-around"]["nodes"]} == {"loan", "person"}
    assert "L-1" in wang.get("/console/loans?late=91").text
    assert "No loans match" in wang.get("/console/loans?status=settled").text


def test_a_party_over_all_platforms(wang: httpx.Client) -> None:
    page = wang.get("/console/parties/huizhong/U-1").text
    assert "Exposure over all platforms" in page
    assert "Names lie in the vault" in page
    assert "t-pledges" in page
    assert "t-bids" in page
    assert "no rate was reported" in wang.get("/console/parties/huizhong/U-1?currency=USD").text
    assert "At stake, all together" in wang.get("/console/parties/huizhong/U-1?currency=cny").text
    assert wang.get("/console/parties/huizhong/U-1?currency=XQX").status_code == 422
    empty = wang.get("/console/parties/rival/U-1").text
    assert "Nothing is at stake" in empty
    assert "No money moved here" in empty


def test_an_event_with_its_proof_its_correction_and_its_receipt(full: House, wang: httpx.Client) -> None:
    stored = full.services.reads.event("platform:huizhong", "undo").value
    assert stored is not None
    page = wang.get("/console/events/platform:huizhong/undo")
    assert str(page.url).endswith(f"/console/events/{stored.position}")
    assert "typed twice" in page.text
    assert "made-P-wrong" in page.text
    corrected = wang.get("/console/events/platform:huizhong/made-P-wrong").text
    assert "Corrected since" in corrected
    assert "Corrected by" in corrected
    late = wang.get("/console/events/platform:huizhong/made-late")
    assert "Work it out" in late.text
    told = wang.get(f"{late.url}?impact=1").text
    assert "was known only from" in told
    changed = told.partition('id="impact"')[2].partition("</section>")[0]
    assert re.search(r"<span>Pledged.*?</td><td[^>]*>CN¥[\d,.]+</td><td[^>]*>CN¥[\d,.]+<", changed), changed
    assert "_" not in re.sub(r"<[^>]*>", "", changed), "no name of a field"
    assert wang.get("/console/events/999999999").status_code == 404
    for wrong in ("0", "-1", "1e3", "٣", "9" * 30):
        assert wang.get(f"/console/events/{quote(wrong)}").status_code == 404


def test_the_box_leads_straight_to_what_is_meant(wang: httpx.Client) -> None:
    for text, where in (
        ("P-03", "/console/pledges/huizhong/P-03"),
        ("campaign:huizhong/C-9", "/console/campaigns/huizhong/C-9"),
        ("L-1", "/console/loans/huizhong/L-1"),
        ("undo", "/console/events/"),
        ("huizhong", "/console/platforms/huizhong"),
    ):
        assert where in str(wang.get("/console/find", params={"text": text}).url), text
    both = wang.get("/console/find?text=U-1").text
    assert both.count("exactly this") == 2, "one on each platform: the reader chooses"
    page = wang.get("/console/find?text=P-").text
    assert page.count('href="/console/pledges/') == 10
    assert "type more of it" in page
    assert "Nothing has this identifier" in wang.get("/console/find?text=zzz").text


@pytest.mark.parametrize("text", [HOSTILE, "' OR 1=1 --", "%", "_", "\\", "party:", "a" * 500, "😀", "\u202e", "*"])
def test_the_box_takes_anything(wang: httpx.Client, text: str) -> None:
    page = wang.get("/console/find", params={"text": text})
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert 'href="/console/pledges/' not in page.text, "nothing is a pattern"


@pytest.mark.parametrize(
    "path",
    [
        "/console/campaigns/huizhong/nope", "/console/loans/huizhong/C-9", "/console/pledges/rival/P-03",
        "/console/parties/nobody/U-1", f"/console/parties/huizhong/{quote(HOSTILE, safe='')}",
        "/console/campaigns/huizhong/C-9%2F..%2FC-9",
    ],
)  # fmt: skip
def test_what_is_not_there(wang: httpx.Client, path: str) -> None:
    page = wang.get(path)
    assert page.status_code == 404
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    "query",
    ["hops=4", "hops=x", "what=1", "at=2024-03-04&at=2024-03-05", "pledges=forged", "events=forged", "at=%00"],
)
def test_what_an_address_may_not_say(wang: httpx.Client, query: str) -> None:
    assert wang.get(f"/console/campaigns/huizhong/C-9?{query}").status_code == 422


def test_who_may_look(full: House) -> None:
    with _signed_in(full, "shen") as shen:
        assert shen.get("/console/parties/huizhong/U-1").status_code == 200
    with _signed_in(full, "hui") as hui:
        for path in ("/console/find", "/console/parties/huizhong/U-1", "/console/events/1", "/console/campaigns"):
            assert hui.get(path).status_code == 403, path
    strange = httpx.get(f"{full.url}/console/parties/huizhong/U-1")
    assert strange.status_code == 303


@pytest.mark.parametrize("tag", ["zh-Hans", "zh-Hant", "en"])
def test_every_language(wang: httpx.Client, tag: str) -> None:
    wang.cookies.set("crowdledger_lang", tag)
    for path in ("campaigns/huizhong/C-9", "loans/huizhong/L-1", "parties/huizhong/U-1", "events/9", "find", "loans"):
        page = wang.get(f"/console/{path}")
        assert page.status_code == 200
        assert f'<html lang="{tag}"' in page.text
        if tag != "en":
            assert "Newest first" not in page.text
            assert "Particulars" not in page.text


def test_the_graph_is_a_read_of_the_api(full: House) -> None:
    answer = full.get("registry", "/v1/flows", entity="campaign:huizhong/C-9", hops=2).json()
    into = sum(each["amount"] for each in answer["edges"] if each["means"] == "collected")
    assert into == full.get("registry", "/v1/campaigns/platform:huizhong/C-9").json()["collected"]
    assert not answer["left_out"]
    small = full.get("registry", "/v1/flows", entity="campaign:huizhong/C-9", limit=2).json()
    assert len(small["nodes"]) == 2
    assert small["left_out"], "what is not told is said"
    days = full.get("registry", "/v1/flows", entity="campaign:huizhong/C-9", **{"from": "2024-03-06"}).json()
    assert [each["means"] for each in days["edges"]] == ["released"]
    assert full.get("auditor", "/v1/flows", entity="party:huizhong/U-1").status_code == 200
    assert full.get("huizhong", "/v1/flows", entity="party:huizhong/U-1").status_code == 403
    assert full.get("registry", "/v1/flows", entity="party:huizhong/nobody").status_code == 404
    for wrong in ({"entity": "dragon:x/y"}, {"entity": "loan:"}, {"entity": "party:x/y", "hops": 9}):
        assert full.get("registry", "/v1/flows", **wrong).status_code == 422
    backwards = {"from": "2024-03-06", "to": "2024-03-01"}
    assert full.get("registry", "/v1/flows", entity="party:huizhong/U-1", **backwards).status_code == 422


def test_lists_of_the_api(full: House) -> None:
    names, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = full.get("registry", "/v1/pledges", campaign="campaign:huizhong/C-9", order="largest", limit=10, **more)
        names += [each["pledge"] for each in page.json()["items"]]
        cursor = page.json()["next"]
        if cursor is None:
            break
    assert len(names) == len({*names}) == MANY + 1
    assert names[0] == "P-late"
    for path, own in (("campaigns", "C-9"), ("loans", "L-1")):
        seen = full.get("huizhong", f"/v1/{path}").json()["items"]
        assert [each[path[:-1]] for each in seen] == [own]
        assert full.get("rival", f"/v1/{path}").json()["items"] == []
        assert full.get("rival", f"/v1/{path}", platform="huizhong").status_code == 403
    assert full.get("registry", "/v1/loans").json()["items"][0]["days_past_due"] > 90
    assert len(full.get("huizhong", "/v1/bids", party="party:huizhong/U-1").json()["items"]) == 1
    assert full.get("rival", "/v1/bids", loan="loan:huizhong/L-1").status_code == 403
    for wrong in ({}, {"campaign": "campaign:a/b", "party": "party:a/b"}, {"campaign": "loan:a/b"}, {"party": "x"}):
        assert full.get("registry", "/v1/pledges", **wrong).status_code == 422
    assert [each["key"] for each in full.get("auditor", "/v1/find", text="P-late").json()["items"]] == [
        "pledge:huizhong/P-late"
    ]
    assert full.get("huizhong", "/v1/find", text="P-late").status_code == 403


def _drawn(page: str) -> dict[str, Any]:
    """What each drawing of a page is given, by its id."""
    found = re.findall(r'id="(flow-\w+)" data-flow="([^"]*)"', page)
    plain = {name: text.replace("&#34;", '"').replace("&amp;", "&").replace("&#39;", "'") for name, text in found}
    return {name: json.loads(text) for name, text in plain.items()}


def _money(minor: int) -> str:
    return f"CN¥{minor / 100:,.2f}"


@contextmanager
def _signed_in(house: House, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=house.url, follow_redirects=True, timeout=30) as client:
        page = client.get("/console/sign-in?lang=en").text
        token = re.search('name="csrf" value="([0-9a-f]+)"', page)
        assert token
        client.post("/console/sign-in", data={"name": name, "password": PASSWORD, "csrf": token[1]})
        yield client


def test_what_the_monitor_finds_each_night_does_not_bury_what_happened(full: House, wang: httpx.Client) -> None:
    """It is told by its alert; the entry itself says it in one sentence, in one language."""
    before = wang.get("/console/parties/huizhong/U-1").text.count('class="timeline"')
    for night in range(25):
        data = {
            "rule": "I17-pledge-velocity", "version": 1, "key": {"investor": "U-1"}, "severity": "low", "score": 90,
            "window": {"first_day": "2024-03-01", "last_day": f"2024-03-{night + 1:02d}"}, "evidence": [night + 1],
            "subject": ["party:huizhong/U-1"], "platform": "huizhong", "figures": {"pledges": 2}, "evidence_count": 1,
            "params": {"k_day": 2}, "reason": {"zh": "一人多次认购", "en": "One investor, many pledges"},
        }  # fmt: skip
        finding = {
            "specversion": "1.0", "id": f"night-{night}", "source": "system", "type": "alert.found",
            "time": "2024-03-29T00:00:00Z", "data": data,
        }  # fmt: skip
        decoded = full.services.decode(finding, frozenset({"system"}), full.services.now())
        assert full.services.record(decoded).status == "accepted"
    entry = full.position()
    full.catch_up()
    page = wang.get("/console/parties/huizhong/U-1").text
    assert page.count('class="timeline"') == before
    timeline = page.partition('id="t-events"')[2].partition("</section>")[0]
    assert "One investor, many pledges" not in timeline
    assert timeline.count("/console/events/") > 1
    assert "One investor, many pledges" in page, "among its alerts"
    shown = wang.get(f"/console/events/{entry}").text
    assert "One investor, many pledges" in shown.partition('id="t-body"')[0]


def test_a_figure_that_is_the_same_at_both_moments_is_told_once() -> None:
    first, second = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    same = [Line("loan:a/L", None, "Lost", "1", "2", at) for at in (first, second)]
    other = [Line("loan:a/L", None, "Funded", before, "2", at) for before, at in (("0", first), ("1", second))]
    assert once([*same, *other]) == [same[0]._replace(at=None), *other]
