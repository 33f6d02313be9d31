"""The log's own page, and the lists of what did not reach it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.store.reading import ParkedEvent, Refusal
from tests.api.console.house import Browser
from tests.api.console.parts import NOW, City

NASTY = "<script>alert(1)</script>"


@pytest.fixture
def held(town: City) -> City:
    for n in range(1, 61):
        source = "platform:huizhong" if n % 2 else "platform:rongda"
        at = NOW - timedelta(minutes=n)
        town.parked.append(
            ParkedEvent(n, source, f"wait-{n}", "pledge.made", at, at, [f"campaign:huizhong/C-{n}"], b"{}")
        )
        town.refused.append(
            Refusal(
                n,
                source,
                f"no-{n}",
                "after_deadline",
                f"too late {NASTY}",
                at,
                b"{}",
                2,
                sealed=False,
                key_id=None,
                wrapped_key=None,
            )
        )
    return town


def test_page_shows_seal_views_and_keys(officer: Browser) -> None:
    page = officer.get("/console/log").text
    for shown in ("Newest signed tree head", "crowdledger.test", "alerts", "up to date", "Keys of the log"):
        assert shown in page, shown
    assert 'href="/console/log" aria-current="page"' in page
    assert 'href="/console/log/parked"' in page
    assert officer.get("/console/log?x=1").status_code == 422


@pytest.mark.parametrize(("name", "marked", "last", "after"), [("parked", "wait-", 50, 51), ("refused", "no-", 11, 10)])
def test_lists_are_paged_by_cursor_and_filtered(
    officer: Browser, held: City, name: str, marked: str, last: int, after: int
) -> None:
    """What waits, the oldest first; what was refused, the newest."""
    first = officer.get(f"/console/log/{name}").text
    assert f"{marked}{last}<" in first
    assert f"{marked}{after}<" not in first
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = officer.get(following).text
    assert f"{marked}{after}<" in second
    assert f"{marked}{last}<" not in second
    assert 'rel="next"' not in second
    own = officer.get(f"/console/log/{name}?source=platform:rongda").text
    assert f"{marked}2<" in own
    assert f"{marked}1<" not in own
    assert NASTY not in first + second


def test_reasons_are_in_the_reader_s_words(officer: Browser, held: City) -> None:
    assert "After the deadline" in officer.get("/console/log/refused?lang=en").text
    assert "已过截止时间" in officer.get("/console/log/refused?lang=zh-Hans").text


@pytest.mark.parametrize("query", ["x=1", "cursor=zzz", "source=a&source=b", "source=%00"])
def test_what_is_not_understood_is_said(officer: Browser, query: str) -> None:
    assert officer.get(f"/console/log/parked?{query}").status_code == 422


def test_nothing_held_is_said_kindly(officer: Browser) -> None:
    assert "Nothing is parked" in officer.get("/console/log/parked").text
    assert "Nothing was refused" in officer.get("/console/log/refused").text
