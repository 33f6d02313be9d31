"""What every page sends along: headers, files with their hash, no request elsewhere, nothing inline."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from api.console.assets import FOLDER, SHEET, VENDOR, Assets
from tests.api.console.house import SIGN_IN, Browser

PAGES = (
    "/console/alerts",
    "/console/platforms",
    "/console/platforms/rongda",
    "/console/rules",
    "/console/rules/P02-custody-gap",
    "/console/log",
    "/console/log/parked",
    "/console/log/refused",
    "/console/nothing",
    "/console/alerts?x=1",
)


@pytest.mark.parametrize("page", PAGES)
def test_pages_bind_the_browser_hand_and_foot(officer: Browser, page: str) -> None:
    answer = officer.get(page)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("page", [SIGN_IN, *PAGES])
def test_nothing_is_inline_and_nothing_is_elsewhere(officer: Browser, page: str) -> None:
    text = officer.get(page).text
    assert not re.search(r"\sstyle=|\son\w+=|<style", text)
    assert all(tail[:1] == ">" or "src=" in tag for tag, tail in re.findall(r"<script([^>]*)(>)", text))
    assert not re.search(r'(?:src|href|action|hx-\w+)="(?:https?:)?//', text)


def test_files_are_kept_for_ever_under_the_hash_of_their_content(browser: Browser) -> None:
    page = browser.get(SIGN_IN).text
    addresses = re.findall(r'(?:href|src)="(/console/static/[^"]+)"', page)
    assert len(addresses) >= 3
    for address in addresses:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    old = re.sub(r"static/\w+/", "static/0000000000000000/", addresses[0])
    assert browser.get(old).headers["cache-control"] == "no-cache"
    assert browser.get("/console/static/x/..%2f..%2fapp.py").status_code == 404
    assert browser.get("/console/static/x/tokens.css").status_code == 404, "only what pages refer to"


def test_files_are_sent_compressed_to_whoever_takes_that(browser: Browser) -> None:
    address = re.findall(r'href="(/console/static/[^"]+console.css)"', browser.get(SIGN_IN).text)[0]
    plain = browser.get(address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    zipped = browser.get(address, headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == plain.content


def test_pages_do_without_what_was_not_installed(tmp_path: Path) -> None:
    for path in FOLDER.glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assets = Assets(tmp_path)
    assert {assets.url(name) for name in VENDOR} == {None}
    sheet = assets.names[SHEET]
    assert b"@import" not in sheet.content
    assert gzip.decompress(sheet.zipped) == sheet.content


def test_tabler_lies_beneath_our_own_sheet(tmp_path: Path) -> None:
    (tmp_path / "vendor").mkdir()
    for path in FOLDER.glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "vendor" / "tabler.css").write_bytes(b"a{}")
    content = Assets(tmp_path).names[SHEET].content
    assert re.match(rb'@import url\("/console/static/\w{16}/vendor/tabler.css"\) layer\(tabler\);', content)
