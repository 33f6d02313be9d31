"""An investor's room over the real ledger: her money in plain words, in three languages, and nobody else's."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator

import httpx
import psycopg
import pytest

from ledger import signing
from ledger.kernel import clock
from ledger.store import sealer, tree
from tests.api.house import HUIZHONG, House, event
from tests.api.mine import (
    ANN,
    EVE,
    HOSTILE,
    add_user,
    campaign,
    collected,
    just_now,
    pledge,
    settle,
    signed_in,
    token,
)

SIGNERS = signing.of_log("ledger.test/one", b"a" * 32, b"b" * 32)
PLEDGE = "/my/pledges/huizhong/P-1"
PAGES = ("/my/pledges", "/my/loans", "/my/limits", "/my/complaints", "/my/data", PLEDGE, "/my/loans/huizhong/L-1")


@pytest.fixture(scope="module", autouse=True)
def _settled(house: House) -> None:
    settle(house)
    add_user(house, "ann", ANN)
    add_user(house, "eve", EVE)
    add_user(house, "nobody", {"scheme": "us-ssn", "number": "000-00-0000"})
    add_user(house, "wang", None, "regulator")
    house.tell("huizhong", lent())
    house.tell("huizhong", [*campaign(HUIZHONG, "C-2"), pledge("P-9", HUIZHONG, "U-1", 700, "C-2"), collected("P-9")])
    house.tell("huizhong", [event("campaign.closed", {"campaign": "C-2", "outcome": "failed"}, time=just_now(10))])
    stopped = {"platform": "rival", "reason": "an inspection"}
    house.tell("registry", [event("platform.suspended", stopped, "registry", time=just_now(5))])
    house.catch_up()
    with psycopg.connect(house.dsn) as connection:
        for each in SIGNERS:
            tree.keep_key(connection, each.key, clock.now())
        sealer.seal(connection, SIGNERS)


def lent() -> list[dict[str, object]]:
    """A loan that is late, with a part of Ann's."""
    listed = {
        "loan": "L-1", "borrower": "B-1", "amount": 1_000, "currency": "EUR", "annual_rate": "0.12", "term_months": 3,
        "repayment": "equal_instalments", "raise_until": "2024-06-01", "jurisdiction": "US", "purpose": HOSTILE,
    }  # fmt: skip
    bid = {"bid": "B-1", "loan": "L-1", "investor": "U-1", "amount": 1_000}
    paid = {"repayment": "R-1", "loan": "L-1", "principal": 300, "interest": 10}
    return [
        event("party.registered", {"party": "B-1", "kind": "person"}),
        event("loan.listed", listed, time="2024-01-30T00:00:00Z"),
        event("bid.placed", bid, time="2024-01-30T01:00:00Z"),
        event("loan.disbursed", {"loan": "L-1"}, time="2024-01-31T00:00:00Z"),
        event("repayment.received", paid, time="2024-02-29T00:00:00Z"),
    ]


@pytest.fixture(scope="module")
def ann(house: House) -> Iterator[httpx.Client]:
    with signed_in(house, "ann") as client:
        yield client


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_in_every_language(house: House, path: str, language: str) -> None:
    with signed_in(house, "ann", language) as client:
        page = client.get(path)
    assert page.status_code == 200, page.text
    assert f'<html lang="{language}"' in page.text
    assert "<script>alert" not in page.text, "what platforms send is text"
    assert 'style="' not in page.text
    scripts = re.findall(r'<script src="([^"]+)"', page.text)
    assert all(name.endswith(("/verify.js", "/own.js")) for name in scripts), scripts
    assert bool(scripts) == (path == PLEDGE), "script for the check of a receipt, and for nothing else"
    if language != "en":
        body = re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2].partition("</main>")[0])
        told = [line for line in re.findall(r"[A-Za-z][a-z]+(?: [a-z]+){3,}", body) if "alert" not in line]
        assert told == [], "nothing is left in English"


def test_her_money_in_plain_words(ann: httpx.Client) -> None:
    page = ann.get("/my/pledges").text
    assert "All your money in USD" in page
    assert "All your money in EUR" in page
    assert "$7.00" in page
    assert "is owed back to you and has not come back yet" in page
    assert "Your money is held for you until" in page
    assert "Rival" in page
    assert "Platform suspended" in page
    assert "&lt;/title&gt;&lt;script&gt;" in page
    loans = ann.get("/my/loans").text
    assert "An instalment is" in loans
    assert "€7.00 of what you lent is still owed to you" in loans
    assert "file a complaint" in loans


def test_the_story_of_a_pledge_and_its_receipts(ann: httpx.Client) -> None:
    page = ann.get("/my/pledges/huizhong/P-9").text
    assert page.index("You made this pledge") < page.index("Your money was collected") < page.index("Fundraising ended")
    assert page.count("data-check=") == 2
    found = ann.get("/my/pledges/huizhong/P-9/receipts.json", params={"number": 2})
    assert found.headers["content-disposition"] == 'attachment; filename="receipt-huizhong-P-9-2.json"'
    assert json.loads(found.json()["entry"])["event"]["type"] == "pledge.collected"
    assert ann.get("/my/pledges/huizhong/P-9/receipts.json", params={"number": 3}).status_code == 422
    assert ann.get("/my/pledges/huizhong/P-9/receipts.json", params={"number": "²"}).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/my/pledges/rival/P-1", "/my/pledges/nowhere/P-1", "/my/pledges/third/P-2", "/my/loans/rival/L-1",
        "/my/pledges/rival/P-1/receipts.json",
    ],
)  # fmt: skip
def test_anothers_is_not_there(ann: httpx.Client, path: str) -> None:
    assert ann.get(path).status_code == 404


def test_who_may_not(house: House) -> None:
    with signed_in(house, "wang") as office:
        assert office.get("/my/pledges").status_code == 403
    answer = httpx.get(f"{house.url}/my/data/copy.zip", follow_redirects=False)
    assert answer.status_code == 303
    assert "sign-in?next=" in answer.headers["location"]


@pytest.mark.parametrize("path", PAGES)
def test_what_an_address_can_not_mean(ann: httpx.Client, path: str) -> None:
    assert ann.get(path, params={"page": "2"}).status_code == 422
    if path in {"/my/pledges", "/my/loans", "/my/complaints"}:
        assert ann.get(path, params={"cursor": "none"}).status_code == 422


def test_a_stranger_is_told_what_this_means(house: House) -> None:
    with signed_in(house, "nobody") as client:
        assert "You have made no pledge yet" in client.get("/my/pledges").text
        assert "You have lent nothing yet" in client.get("/my/loans").text
        assert "There is nothing to limit yet" in client.get("/my/limits").text
        assert "No platform knows you yet" in client.get("/my/complaints").text
        assert "No platform under supervision has told us of you" in client.get("/my/data").text


def test_more_than_a_page(house: House, ann: httpx.Client) -> None:
    house.tell("third", [pledge(f"many-{n}", "platform:third", "U-9", 100 + n) for n in range(22)])
    house.catch_up()
    first = ann.get("/my/pledges").text
    (link,) = re.findall(r'href="(/my/pledges\?cursor=[^"]+)"', first)
    second = ann.get(link).text
    shown = [re.findall(r'<h2><a href="/my/pledges/third/(many-\d+)"', page) for page in (first, second)]
    assert len(shown[0]) == 20
    assert not set(shown[0]) & set(shown[1])
    assert "All your money" not in second, "sums stand on the first page alone"


def test_a_limit_is_drawn_or_its_lack_explained(house: House, ann: httpx.Client) -> None:
    assert "Your limit can&#39;t be told yet" in ann.get("/my/limits").text
    declared = {
        "investor": "U-1", "jurisdiction": "US", "currency": "USD", "annual_income": 30_000_000, "net_worth": 900_000,
    }  # fmt: skip
    house.tell("huizhong", [event("investor.declared", declared, time=just_now())])
    page = ann.get("/my/limits").text
    assert "227.100(a)(2)" in page
    assert "$15,000.00 used" in page
    assert re.search(r'<rect class="own-share-held" width="\d+"', page)
    assert "becomes free again" in page


def test_a_complaint_by_its_form(house: House, ann: httpx.Client) -> None:
    page = ann.get("/my/complaints", params={"subject": "pledge:huizhong/P-9"}).text
    assert '<option value="pledge:huizhong/P-9" selected>' in page
    form = {
        "csrf": token(page),
        "subject": "pledge:huizhong/P-9",
        "category": "money_not_back",
        "text": "<b>where is it",
    }
    assert ann.post("/my/complaints", data={**form, "csrf": "0" * 64}).status_code == 403
    wrong = ann.post("/my/complaints", data={**form, "category": "none"})
    assert wrong.status_code == 422
    assert "&lt;b&gt;where is it" in wrong.text, "what was typed is still there"
    assert ann.post("/my/complaints", data={**form, "subject": "pledge:rival/P-1"}).status_code == 404
    done = ann.post("/my/complaints", data=form)
    assert "Your complaint was received" in done.text
    assert done.text.count("&lt;b&gt;where is it") == 1


def test_the_office_opens_it_on_the_record_and_she_sees_that(house: House, ann: httpx.Client) -> None:
    house.catch_up()
    with signed_in(house, "wang") as office:
        page = office.get("/console/complaints").text
        assert "where is it" not in page
        (path,) = re.findall(r'action="(/console/complaints/[^"]+/text)"', page)
        assert office.post(path, data={"csrf": token(page), "reason": " "}).status_code == 422
        opened = office.post(path, data={"csrf": token(page), "reason": "to answer her letter"})
        assert "&lt;b&gt;where is it" in opened.text
        assert office.get("/console/complaints", params={"by": "platform"}).text.count("/text") == 0
        assert office.get("/console/complaints", params={"by": "me"}).status_code == 422
    assert "to answer her letter" in ann.get("/my/data").text


def test_a_copy_of_everything(house: House, ann: httpx.Client) -> None:
    unsigned = ann.get("/v1/me/data").json()["receipts"]
    assert {each.get("problem") for each in unsigned} == {None, "not_sealed"}
    with psycopg.connect(house.dsn) as connection:
        sealer.seal(connection, SIGNERS)
    archive = zipfile.ZipFile(io.BytesIO(ann.get("/my/data/copy.zip").content))
    assert archive.testzip() is None
    files = {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}
    assert {each["identity"]["number"] for each in files["identity.json"]} == {ANN["number"]}
    assert {each["platform"]["id"] for each in files["pledges.json"]} == {"huizhong", "rival", "third"}
    assert len(files["pledges.json"]) == 26
    assert files["complaints.json"][0]["text"] == "<b>where is it"
    everything = json.dumps(files)
    assert EVE["number"] not in everything
    assert "U-2" not in json.dumps([each for each in files["events.json"] if each["source"] == "platform:huizhong"])
    assert all(each["format"].startswith("crowdledger-receipt") for each in files["receipts.json"])
    assert "All that is kept about you" in archive.read("index.html").decode()
    whole = ann.get("/v1/me/data").json()
    assert {f"{name}.json" for name in whole} - {"person.json", "made_at.json"} == files.keys()
    assert "for your own copy" in ann.get("/my/data").text


def test_ten_copies_a_day(ann: httpx.Client) -> None:
    codes = [ann.get("/v1/me/data").status_code for _ in range(9)]
    assert set(codes[:6]) == {200}
    assert codes[-1] == 429
    assert ann.get("/my/data/copy.zip").status_code == 429
