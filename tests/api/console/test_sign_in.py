"""Who comes in, who does not, and what the answers give away."""

from __future__ import annotations

import pytest

from api.console.shell import SIGN_IN
from tests.api.console.house import Browser
from tests.api.console.users import PASSWORD


def test_strangers_are_led_to_the_register_and_the_console_to_the_sign_in(browser: Browser) -> None:
    assert browser.get("/").url.path == "/register"
    page = browser.get("/console")
    assert page.url.path == SIGN_IN
    assert "登录" in page.text


def test_the_right_password_opens_the_page_that_was_wanted(browser: Browser) -> None:
    asked = browser.get("/console/alerts?severity=critical")
    assert asked.url.path == SIGN_IN
    wanted = asked.url.params["next"]
    form = {"name": "li.wei", "password": PASSWORD, "csrf": browser.token(), "next": wanted}
    page = browser.post(SIGN_IN, form)
    assert (page.url.path, page.url.params["severity"]) == ("/console/alerts", "critical")
    assert "li.wei" in page.text


@pytest.mark.parametrize("name", ["li.wei", "no.such.person"])
def test_a_wrong_password_and_a_wrong_name_look_the_same(browser: Browser, name: str) -> None:
    page = browser.sign_in(name, "wrong")
    assert page.status_code == 401
    assert "用户名或密码错误" in page.text
    assert browser.get("/console/alerts").url.path == SIGN_IN


def test_too_many_failures_close_the_door_for_a_while(browser: Browser) -> None:
    for _ in range(5):
        assert browser.sign_in("li.wei", "wrong").status_code == 401
    page = browser.sign_in("li.wei", PASSWORD)
    assert page.status_code == 429
    assert 0 < int(page.headers["retry-after"]) <= 60
    assert "失败次数过多" in page.text
    assert browser.sign_in("zhang.min", PASSWORD).status_code == 200, "others still come in"


@pytest.mark.parametrize("form", [{"name": "li.wei"}, {"password": PASSWORD}, {"name": "x" * 300, "password": "y"}])
def test_an_incomplete_form_is_shown_again(browser: Browser, form: dict[str, str]) -> None:
    page = browser.post(SIGN_IN, {**form, "csrf": browser.token()})
    assert page.status_code == 422
    assert "请输入用户名和密码" in page.text


def test_a_form_from_elsewhere_signs_nobody_in(browser: Browser) -> None:
    page = browser.post(SIGN_IN, {"name": "li.wei", "password": PASSWORD, "csrf": "0" * 64})
    assert page.status_code == 403
    browser.client.cookies.clear()
    token = browser.token()
    browser.client.cookies.clear()
    page = browser.post(SIGN_IN, {"name": "li.wei", "password": PASSWORD, "csrf": token})
    assert page.status_code == 403, "the token is bound to the browser that loaded the form"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example/",
        "https://evil.example/",
        "/console/\\evil.example",
        "/v1/me",
        "/\\evil.example",
        "\\\\evil.example",
        "/%2f%2fevil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/console",
        "/accounts",
        "/console/sign-in/code",
        "/my/pledges",
        "console/alerts",
        " //evil.example",
        "/\tconsole/alerts",
    ],
)
def test_nobody_is_led_elsewhere_after_signing_in(browser: Browser, elsewhere: str) -> None:
    form = {"name": "li.wei", "password": PASSWORD, "csrf": browser.token(), "next": elsewhere}
    assert browser.post(SIGN_IN, form).url.path == "/console/overview"


def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(browser: Browser) -> None:
    form = {"name": "li.wei", "password": PASSWORD, "csrf": browser.token()}
    plain = browser.post(SIGN_IN, form, follow_redirects=False)
    cookie = next(each for each in plain.headers.get_list("set-cookie") if "session=" in each).lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    secure = browser.get("https://console.test/console/sign-in?lang=en", follow_redirects=False)
    assert "secure" in secure.headers["set-cookie"].lower()


def test_signing_out_ends_the_session_also_for_who_kept_the_cookie(officer: Browser) -> None:
    kept = dict(officer.client.cookies)
    page = officer.post("/console/sign-out", {"csrf": officer.token("/console/alerts")})
    assert "You have signed out." in page.text
    officer.client.cookies.update(kept)
    assert officer.get("/console/alerts").url.path == SIGN_IN


def test_signing_out_needs_the_token_too(officer: Browser) -> None:
    assert officer.post("/console/sign-out", {"csrf": "x"}).status_code == 403
    assert officer.get("/console/alerts").url.path == "/console/alerts"


def test_the_console_is_not_for_platforms(browser: Browser) -> None:
    assert browser.sign_in("huizhong").url.path == "/platform/overview"
    page = browser.get("/console/alerts")
    assert page.status_code == 403
    assert "您没有此操作的权限" in page.text


def test_a_piece_of_a_page_says_so_when_the_session_has_ended(browser: Browser) -> None:
    piece = browser.get("/console/alerts/news?after=1", headers={"HX-Request": "true"})
    assert piece.status_code == 401
    assert "会话已结束" in piece.text
    assert "<html" not in piece.text
