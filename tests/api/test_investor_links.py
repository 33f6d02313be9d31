"""Links and codes for investors, and what people do at the door's pages, on the real thing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pyotp
import pytest

from ops import access_store
from tests.api.house import House, assert_problem, event

ENTER, PASSWORD = "/my/enter", "a good long password"


@pytest.fixture(scope="module", autouse=True)
def _people(house: House) -> None:
    known = {"scheme": "cn-id", "number": "110101199003071234"}
    house.tell(
        "huizhong",
        [
            event("party.registered", {"party": "U-77", "kind": "person", "identity": known}),
            event("party.registered", {"party": "U-78", "kind": "person"}),
        ],
    )
    house.catch_up()


def _browser(house: House) -> httpx.Client:
    return httpx.Client(
        base_url=house.url,
        follow_redirects=True,
        timeout=30,
        headers={"Accept-Language": "en", "User-Agent": "Firefox Linux"},
    )


@pytest.fixture
def browser(house: House) -> Iterator[httpx.Client]:
    with _browser(house) as client:
        yield client


def _ask(house: House, kind: str, investor: Any = "U-77", who: str | None = "huizhong") -> httpx.Response:
    with house.client(who) as client:
        return client.post(f"/v1/investor-{kind}", json={"investor": investor})


def _link(house: House) -> str:
    answer = _ask(house, "links")
    assert answer.status_code == 201, answer.text
    parts = urlsplit(answer.json()["url"])
    assert parts.path == ENTER
    return f"{parts.path}?{parts.query}"


def _form(page: httpx.Response) -> dict[str, str]:
    return dict(re.findall('<input type="hidden" name="([a-z]+)" value="([^"]*)"', page.text))


def _code(house: House) -> dict[str, str]:
    answer = _ask(house, "codes").json()
    assert re.fullmatch(r"\d{8}", answer["code"])
    return {"reference": answer["reference"], "code": answer["code"]}


def _is_in(client: httpx.Client) -> bool:
    return client.get("/account").url.path == "/account"


def test_a_link_opens_by_its_button_once(house: House, browser: httpx.Client) -> None:
    link = _link(house)
    for _ in range(3):  # mail scanners and previews
        assert httpx.get(house.url + link).status_code == 200
        assert browser.head(link).status_code == 200
    page = browser.get(link)
    assert "Huizhong" in page.text
    assert not _is_in(browser)
    form = _form(browser.get(link))
    browser.post(ENTER, data=form)
    assert _is_in(browser)
    assert "Link of a platform" in browser.get("/account").text
    assert browser.get("/v1/me/pledges").status_code == 200
    assert browser.get("/console/alerts").status_code == 403
    with _browser(house) as another:
        assert another.get(link).status_code == 410
        form |= {"csrf": _form(another.get(ENTER))["csrf"]}
        answer = another.post(ENTER, data=form)
        assert (answer.status_code, "was used before" in answer.text) == (410, True)
        assert not _is_in(another)


def test_of_many_who_use_one_link_at_once_exactly_one_comes_in(house: House) -> None:
    link = _link(house)

    def use(_number: int) -> bool:
        with _browser(house) as client:
            client.post(ENTER, data=_form(client.get(link)))
            return _is_in(client)

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(use, range(8))) == 1


def test_a_new_link_ends_the_one_before(house: House, browser: httpx.Client) -> None:
    first, second = _link(house), _link(house)
    assert browser.get(first).status_code == 410
    assert browser.get(second).status_code == 200


def test_a_link_is_good_for_ten_minutes(house: House, browser: httpx.Client) -> None:
    link = _link(house)
    form = _form(browser.get(link))
    with psycopg.connect(house.dsn) as connection:
        connection.execute(
            "UPDATE entry_tickets SET expires_at = expires_at - interval '10 minutes' WHERE used_at IS NULL"
        )
    assert browser.post(ENTER, data=form).status_code == 410
    assert not _is_in(browser)


def test_a_form_from_elsewhere_uses_no_link(house: House, browser: httpx.Client) -> None:
    link = _link(house)
    form = _form(browser.get(link))
    assert browser.post(ENTER, data=form | {"csrf": "0" * 64}).status_code == 403
    with _browser(house) as another:
        assert another.post(ENTER, data=form).status_code == 403
    assert browser.post(ENTER, data=form).status_code in {200, 404}
    assert _is_in(browser)


def test_a_code_with_its_reference_opens_once(house: House, browser: httpx.Client) -> None:
    typed = _code(house)
    form = {"csrf": _form(browser.get(ENTER))["csrf"]}
    assert browser.post(ENTER, data=form | {"reference": typed["reference"], "code": "0000 0000"}).status_code == 401
    spaced = {"reference": f" {typed['reference'].upper()} ", "code": f"{typed['code'][:4]} {typed['code'][4:]}"}
    browser.post(ENTER, data=form | spaced)
    assert _is_in(browser)
    with _browser(house) as another:
        form = {"csrf": _form(another.get(ENTER))["csrf"]}
        assert another.post(ENTER, data=form | typed).status_code == 401


def test_a_code_has_five_tries_also_where_many_try_at_once(house: House) -> None:
    typed = _code(house)

    def guess(number: int) -> int:
        with _browser(house) as client:
            form = {"csrf": _form(client.get(ENTER))["csrf"], "reference": typed["reference"], "code": f"{number:08d}"}
            return client.post(ENTER, data=form).status_code

    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(guess, range(8))) == {401}
    with psycopg.connect(house.dsn) as connection:
        assert connection.execute("SELECT max(tries) FROM entry_tickets WHERE kind = 'code'").fetchone() == (5,)
    with _browser(house) as client:
        form = {"csrf": _form(client.get(ENTER))["csrf"], **typed}
        assert client.post(ENTER, data=form).status_code == 401, "not even with the right code"


@pytest.mark.parametrize("kind", ["links", "codes"])
def test_for_whom_no_way_is_made(house: House, kind: str) -> None:
    none = assert_problem(_ask(house, kind, "U-78"), 409, "no_person")
    assert "identity" in none["detail"]
    assert_problem(_ask(house, kind, "U-none"), 404, "not_found")
    assert_problem(_ask(house, kind, "U-77", "rival"), 404, "not_found")
    assert_problem(_ask(house, kind, "U-77", "registry"), 403, "forbidden")
    assert_problem(_ask(house, kind, "U-77", "auditor"), 403, "forbidden")
    assert_problem(_ask(house, kind, "U-77", None), 401, "unauthenticated")
    for wrong in ("a b", "", "x" * 129, "U\0", 7, None):
        assert_problem(_ask(house, kind, wrong), 422, "invalid_parameter")


def test_what_the_table_holds_opens_nothing(house: House) -> None:
    link, typed = _link(house), _code(house)
    token = link.partition("t=")[2]
    with psycopg.connect(house.dsn) as connection:
        text = str(connection.execute("SELECT * FROM entry_tickets").fetchall())
    assert token not in text
    assert typed["code"] not in text


def test_both_are_kept_in_the_log_of_the_door(house: House, browser: httpx.Client) -> None:
    browser.post(ENTER, data=_form(browser.get(_link(house))))
    found = house.services.reads.door_log(None, 3, None).value
    assert [each.what for each in found] == ["signed_in", "link_used", "link_made"]
    assert found[1].about == {"source": "platform:huizhong", "party": "U-77"}
    assert found[2].about == {"party": "huizhong:U-77"}
    assert found[1].who.startswith("investor-")


@pytest.mark.parametrize("typed", ["x" * 10_000, "\0", "'; --", "用户", "\u202e", "<script>"])
def test_hostile_tokens_are_just_wrong(browser: httpx.Client, typed: str) -> None:
    assert browser.get(ENTER, params={"t": typed}).status_code == 410
    form = _form(browser.get(ENTER)) | {"reference": typed, "code": typed}
    page = browser.post(ENTER, data=form)
    assert page.status_code in {401, 422}
    assert "<script>" not in page.text.partition("reference")[2]


# ---- The office's pages


def _sign_in(client: httpx.Client, name: str, **more: str) -> httpx.Response:
    form = {"name": name, "password": PASSWORD, "csrf": _form(client.get("/console/sign-in"))["csrf"], **more}
    return client.post("/console/sign-in", data=form)


def test_an_officer_enrols_and_comes_in_by_code_from_then_on(house: House, browser: httpx.Client) -> None:
    with psycopg.connect(house.dsn) as connection:
        access_store.create_user(
            connection, role="regulator", name="enrolling", password=PASSWORD, source="registry", person=None
        )
    _sign_in(browser, "enrolling")
    page = browser.get("/account/second-factor")
    assert "<svg" in page.text
    assert "<script" not in page.text, "nobody else's script sees the secret"
    assert "style=" not in page.text.partition("<main")[2], "the policy forbids style attributes"
    found = re.search(r'<p class="mono secret">([A-Z2-7 ]+)</p>', page.text)
    assert found is not None
    secret = found[1].replace(" ", "")
    wrong = browser.post("/account/second-factor", data=_form(page) | {"code": "000000"})
    assert (wrong.status_code, secret in wrong.text.replace(" ", "")) == (403, True)
    before = browser.cookies["crowdledger_session"]
    clock = pyotp.TOTP(secret)
    step = clock.timecode(house.services.now())
    shown = browser.post("/account/second-factor", data=_form(page) | {"code": clock.generate_otp(step)})
    codes = re.findall(r"<li>([a-z0-9-]{14})</li>", shown.text)
    assert len(codes) == 10
    assert browser.cookies["crowdledger_session"] != before
    assert _is_in(browser)
    assert codes[0] not in browser.get("/account").text
    with _browser(house) as another:
        half = _sign_in(another, "enrolling", next="/account?x=1")
        assert half.url.path == "/console/sign-in/code"
        assert not _is_in(another), "the password alone opens nothing"
        half = another.get(str(half.url))
        assert (
            another.post("/console/sign-in/code", data=_form(half) | {"code": clock.generate_otp(step)}).status_code
            == 401
        )
        done = another.post("/console/sign-in/code", data=_form(half) | {"code": clock.generate_otp(step + 1)})
        assert str(done.url).endswith("/account?x=1")
        with _browser(house) as third:
            assert third.get("/console/sign-in/code").url.path == "/console/sign-in"
            _sign_in(third, "enrolling")
            form = _form(third.get("/console/sign-in/code"))
            third.post("/console/sign-in/code", data=form | {"code": codes[2]})
            assert _is_in(third)
        assert 'name="session"' in another.get("/account").text
        another.post("/account/sessions", data=_form(another.get("/account")) | {"all": "1"})
        assert _is_in(another)


def test_a_given_session_or_visit_is_never_taken_over(house: House, browser: httpx.Client) -> None:
    """Fixation: what an attacker set in a browser beforehand is worth nothing after the sign-in."""
    with psycopg.connect(house.dsn) as connection:
        access_store.create_user(
            connection, role="regulator", name="fixed", password=PASSWORD, source="registry", person=None
        )
    browser.cookies.set("crowdledger_session", "chosen by somebody else")
    _sign_in(browser, "fixed")
    jar = {each.name: each.value for each in browser.cookies.jar}
    assert jar["crowdledger_session"] != "chosen by somebody else"
    with _browser(house) as attacker:
        attacker.cookies.set("crowdledger_session", "chosen by somebody else")
        assert not _is_in(attacker)


@pytest.mark.parametrize("name", ["nul\0", "x" * 129, "\u202eevil", "a\nb"])
def test_names_that_nobody_has_are_asked_again(browser: httpx.Client, name: str) -> None:
    form = {"name": name, "password": "x", "csrf": _form(browser.get("/console/sign-in"))["csrf"]}
    assert browser.post("/console/sign-in", data=form).status_code == 422


def test_a_name_in_any_script_signs_in(house: House, browser: httpx.Client) -> None:
    with psycopg.connect(house.dsn) as connection:
        access_store.create_user(
            connection,
            role="auditor",
            name="欧阳 娜娜 🦉",
            password="密码密码密码密码密码密码",
            source=None,
            person=None,
        )
    form = {"name": "欧阳 娜娜 🦉", "password": "密码密码密码密码密码密码"}
    browser.post("/console/sign-in", data=form | {"csrf": _form(browser.get("/console/sign-in"))["csrf"]})
    assert "欧阳 娜娜 🦉" in browser.get("/account").text


def test_acts_of_the_account_need_the_token(house: House, browser: httpx.Client) -> None:
    browser.post(ENTER, data=_form(browser.get(_link(house))))
    for path in ("/account/password", "/account/sessions", "/account/second-factor", "/account/second-factor/off"):
        assert browser.post(path, data={"csrf": "0" * 64, "all": "1"}).status_code == 403
    assert httpx.get(house.url + "/account", follow_redirects=False).status_code == 303
