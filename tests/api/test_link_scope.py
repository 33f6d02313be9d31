"""What a platform's link shows: what that platform has of the person. A platform that opens its own gains nothing.

Three platforms know Ann. Whoever holds a platform's key can make links for her, and can register anybody's number.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator

import httpx
import psycopg
import pytest

from api import gate
from tests.api.house import House, assert_problem
from tests.api.mine import ANN, PASSWORD, add_user, settle, signed_in

ENTER = "/my/enter"
ANNS = {"huizhong": "U-1", "rival": "U-2", "third": "U-9"}
EVERYWHERE = {*ANNS}


@pytest.fixture(scope="module", autouse=True)
def _settled(house: House) -> None:
    settle(house)
    add_user(house, "ann", ANN)
    with signed_in(house, "ann") as ann:
        about = {"kind": "platform", "platform": "huizhong"}
        body = {"about": about, "category": "other", "text": "they will be angry"}
        assert ann.post("/v1/me/complaints", json=body).status_code == 201
    house.catch_up()


@pytest.fixture
def browser(house: House) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=house.url, follow_redirects=True, timeout=30, headers={"Accept-Language": "en"}) as made:
        yield made


def _form(page: str) -> dict[str, str]:
    return dict(re.findall('<input type="hidden" name="([a-z]+)" value="([^"]*)"', page))


def _enters(house: House, client: httpx.Client, platform: str) -> None:
    """By a link of this platform."""
    with house.client(platform) as key:
        link = key.post("/v1/investor-links", json={"investor": ANNS[platform]}).json()["url"]
    page = client.get(link)
    assert client.post(ENTER, data=_form(page.text[page.text.index(f'action="{ENTER}"') :])).status_code == 200


def _types(house: House, client: httpx.Client, platform: str) -> None:
    """A code of this platform."""
    with house.client(platform) as key:
        made = key.post("/v1/investor-codes", json={"investor": ANNS[platform]}).json()
    page = client.get(ENTER).text
    form = _form(page[page.index(f'action="{ENTER}"') :])
    client.post(ENTER, data=form | {"reference": made["reference"], "code": made["code"]})


def _sees(client: httpx.Client) -> set[str]:
    """The platforms that her pledges are shown of, to a program and as pages."""
    told = {each["platform"]["id"] for each in client.get("/v1/me/pledges").json()["items"]}
    page = client.get("/my/pledges").text
    assert {each for each in EVERYWHERE if f"/my/pledges/{each}/" in page} == told
    return told


def test_a_link_works_at_once_and_shows_what_its_platform_knows(house: House, browser: httpx.Client) -> None:
    _enters(house, browser, "huizhong")
    assert _sees(browser) == {"huizhong"}
    for page in ("pledges", "loans", "limits", "complaints", "data"):
        said = browser.get(f"/my/{page}").text
        assert "no platform is shown what you have elsewhere" in said, page
        assert "What you have through Huizhong<" in said, page


def test_links_and_codes_of_others_add_what_those_know(house: House, browser: httpx.Client) -> None:
    _enters(house, browser, "huizhong")
    _enters(house, browser, "rival")
    assert _sees(browser) == {"huizhong", "rival"}
    _types(house, browser, "third")
    assert _sees(browser) == EVERYWHERE
    _enters(house, browser, "rival")
    assert _sees(browser) == EVERYWHERE, "nothing is lost by one more"


def test_the_session_before_ends_with_the_next_entry(house: House, browser: httpx.Client) -> None:
    _enters(house, browser, "huizhong")
    with httpx.Client(base_url=house.url, cookies=browser.cookies, timeout=30) as copied:
        _enters(house, browser, "rival")
        assert copied.get("/v1/me/pledges").status_code == 401, "who knew the token before gains nothing"


def test_what_somebody_else_opened_adds_nothing(house: House, browser: httpx.Client) -> None:
    with httpx.Client(base_url=house.url, follow_redirects=True, timeout=30) as platform:
        _enters(house, platform, "huizhong")
        _enters(house, browser, "rival")
        assert _sees(platform) == {"huizhong"}
    assert _sees(browser) == {"rival"}


def test_her_own_sign_in_shows_everything_and_goes_on_doing_so(house: House, browser: httpx.Client) -> None:
    page = browser.get("/console/sign-in")
    browser.post("/console/sign-in", data=_form(page.text) | {"name": "ann", "password": PASSWORD})
    assert _sees(browser) == EVERYWHERE
    _enters(house, browser, "huizhong")
    assert _sees(browser) == EVERYWHERE


def test_no_address_tells_what_others_know(house: House, browser: httpx.Client) -> None:
    _enters(house, browser, "huizhong")
    for path in ("/my/pledges", "/my/loans", "/my/limits", "/my/complaints", "/my/data", "/account"):
        page = browser.get(path)
        assert page.status_code == 200, path
        for word in ("Rival", "Third", "rival", "third", "they will be angry", "U-9"):
            assert word not in page.text, (path, word)
        assert "<strong>ann</strong>" not in page.text, "the name that she signs in by is hers"
    for path in ("/v1/me/pledges", "/v1/me/loans", "/v1/me/eligibility", "/v1/me/data"):
        text = browser.get(path).text
        assert not {"rival", "third", "they will be angry"} & set(re.split(r"[^a-z ]", text)), path
    assert_problem(browser.get("/v1/me/complaints"), 403, "forbidden")
    assert browser.get("/my/pledges/rival/P-2").status_code == 404
    assert browser.get("/my/pledges/rival/P-2/receipts.json").status_code == 404
    assert_problem(browser.get("/v1/me/receipts/P-2"), 404, "not_found")
    about = {"kind": "pledge", "platform": "rival", "id": "P-2"}
    body = {"about": about, "category": "other", "text": "not from here"}
    assert_problem(browser.post("/v1/me/complaints", json=body), 404, "not_found")


def test_the_copy_holds_what_its_platform_knows(house: House, browser: httpx.Client) -> None:
    _enters(house, browser, "huizhong")
    with zipfile.ZipFile(io.BytesIO(browser.get("/my/data/copy.zip").content)) as archive:
        names = set(archive.namelist())
        assert not {"complaints.json", "looked_at.json"} & names
        for name in names:
            assert not {"rival", "third"} & set(re.split(r"[^a-z]", archive.read(name).decode())), name
    with signed_in(house, "ann") as ann:
        assert {each["scope"] for each in ann.get("/v1/me/data").json()["platforms"]} == EVERYWHERE


def test_limits_are_whole_and_without_days(house: House, browser: httpx.Client) -> None:
    """A platform can ask for used and left by POST /v1/eligibility: a smaller figure here would only be wrong."""
    with signed_in(house, "ann") as ann:
        whole = {each["checks"][0]["rule"]: each for each in ann.get("/v1/me/eligibility").json()["items"]}
    _enters(house, browser, "rival")
    shown = browser.get("/v1/me/eligibility").json()
    assert shown["items"]
    for each in shown["items"]:
        assert each["used"] == whole[each["checks"][0]["rule"]]["used"]
        assert each["frees"] == []
    assert {each["platform"] for each in shown["declarations"]} <= {"rival"}


def test_a_link_changes_nothing_about_how_she_signs_in(house: House, browser: httpx.Client) -> None:
    """The platform could set up a second factor for her user, and keep her out."""
    _enters(house, browser, "huizhong")
    token = _form(browser.get("/account").text)["csrf"]
    assert browser.get("/account/second-factor").status_code == 403
    for path in ("/second-factor", "/second-factor/off", "/second-factor/codes", "/password"):
        form = {"csrf": token, "code": "123456", "password": PASSWORD, "old": PASSWORD}
        told = browser.post(f"/account{path}", data=form | {"new": PASSWORD * 2, "again": PASSWORD * 2})
        assert told.status_code == 403, path
    with psycopg.connect(house.dsn) as connection:
        assert connection.execute("SELECT count(*) FROM second_factors").fetchone() == (0,)


def test_a_link_shows_and_ends_no_session_of_others(house: House, browser: httpx.Client) -> None:
    with signed_in(house, "ann") as ann, httpx.Client(base_url=house.url, follow_redirects=True) as other:
        _enters(house, other, "rival")
        _enters(house, browser, "huizhong")
        page = browser.get("/account").text
        assert "rival" not in page
        listed = set(re.findall('name="session" value="([^"]+)"', page))
        every = set(re.findall('name="session" value="([^"]+)"', ann.get("/account").text))
        assert "huizhong" in ann.get("/account").text, "she sees who opened a link in her name"
        assert listed < every
        for each in every - listed:
            browser.post("/account/sessions", data={"csrf": _form(page)["csrf"], "session": each})
        browser.post("/account/sessions", data={"csrf": _form(page)["csrf"], "all": "1"})
        gate_memory = house.services.gate
        assert isinstance(gate_memory, gate.Gate)
        gate_memory._remembered.clear()
        assert ann.get("/v1/me/pledges").status_code == 200
        assert other.get("/v1/me/pledges").status_code == 200


def test_an_operator_may_let_links_show_everything(
    house: House, browser: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.services.entrance, "links_show_all", True)
    _enters(house, browser, "third")
    assert _sees(browser) == EVERYWHERE
    assert json.loads(browser.get("/v1/me/complaints").text)["items"]
