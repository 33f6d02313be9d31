"""Which language and which colours a reader gets, and how numbers are written in each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

from api.console import languages
from api.console.speech import Speech
from api.console.traditional import traditional
from tests.api.console.house import SIGN_IN, Browser

ZONE = ZoneInfo("Asia/Shanghai")
CHINESE, TRADITIONAL, ENGLISH = (Speech(tag, ZONE) for tag in languages.LOCALES)


@pytest.mark.parametrize(
    ("accept", "tag"),
    [
        ("", "zh-Hans"),
        ("fr", "zh-Hans"),
        ("fr, en;q=0.8", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh-TW,zh;q=0.9", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("en;q=0.1, zh-HK;q=0.9", "zh-Hant"),
        ("en;q=0, zh", "zh-Hans"),
        ("*", "zh-Hans"),
        (";;q=x,,en;q=é", "zh-Hans"),
    ],
)
def test_the_browser_is_asked_first(accept: str, tag: str) -> None:
    assert languages.choose(None, accept) == tag


def test_what_was_chosen_is_kept(browser: Browser) -> None:
    assert '<html lang="zh-Hans"' in browser.get(SIGN_IN).text
    page = browser.get(f"{SIGN_IN}?next=%2Fconsole%2Fplatforms&lang=zh-Hant&theme=dark")
    assert page.url.query == b"next=%2Fconsole%2Fplatforms", "the address stays one that can be sent on"
    assert '<html lang="zh-Hant" data-theme="dark"' in page.text
    assert "使用者名稱" in page.text
    again = browser.get(SIGN_IN, headers={"Accept-Language": "en"}).text
    assert '<html lang="zh-Hant" data-theme="dark"' in again


def test_colours_follow_the_system_unless_chosen(browser: Browser) -> None:
    def dark_sheet() -> str:
        return next((line for line in browser.get(SIGN_IN).text.splitlines() if "dark.css" in line), "")

    assert 'media="(prefers-color-scheme: dark)"' in dark_sheet()
    browser.get(f"{SIGN_IN}?theme=dark")
    assert "media" not in dark_sheet()
    assert "dark.css" in dark_sheet()
    browser.get(f"{SIGN_IN}?theme=light")
    assert not dark_sheet()


def test_money_is_written_by_locale_and_never_rounded() -> None:
    assert CHINESE.money(5_000_000, "CNY") == "¥50,000.00"
    assert TRADITIONAL.money(5_000_000, "CNY") == "CN¥50,000.00"
    assert ENGLISH.money(-50_001, "USD") == "-US$500.01"
    assert ENGLISH.money(500, "JPY") == "JP¥500"
    assert ENGLISH.money(123_456, "KWD").endswith("123.456")
    assert ENGLISH.money(2**53 - 1, "CNY") == "CN¥90,071,992,547,409.91"


def test_times_are_those_of_the_zone() -> None:
    moment = datetime(2026, 3, 2, 20, 15, tzinfo=UTC)
    assert CHINESE.moment(moment) == "2026年3月3日 04:15:00"
    assert ENGLISH.moment(moment) == "3 Mar 2026 04:15:00"
    assert 'datetime="2026-03-03T04:15:00+08:00"' in ENGLISH.time_tag(moment)
    assert CHINESE.age(moment, moment + timedelta(hours=3)) == "3小时前"
    assert CHINESE.age(moment, moment + timedelta(seconds=3)) == "刚刚"
    assert ENGLISH.day(20_515) == ENGLISH.day("2026-03-03") == "3 Mar 2026"


def test_markup_in_a_message_stays_and_what_stands_beside_it_is_escaped() -> None:
    said = ENGLISH.text("With %(name)s", name=Markup("<b>x</b>"))
    assert str(said) == "With <b>x</b>"
    assert not isinstance(ENGLISH.text("With %(name)s", name="<b>"), Markup)


def test_rates_are_per_cent_and_what_is_no_number_stays() -> None:
    assert ENGLISH.rate("0.154") == "15.4%"
    assert ENGLISH.rate("n/a") == "n/a"


@pytest.mark.parametrize(
    ("simplified", "expected"),
    [
        ("项目募集成功", "專案募集成功"),
        ("特定对象", "特定對象"),
        ("账户对账", "帳戶對帳"),
        ("资金回流", "資金回流"),
        ("保存权限", "保存權限"),
    ],
)
def test_traditional_words_are_not_those_of_programming(simplified: str, expected: str) -> None:
    assert traditional(simplified) == expected
