"""Receipts in a real browser: a good one, altered ones, a forger's; on a phone; and what nobody checks is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ledger import signing
from tests.browser.chrome import TOO_WIDE, Chrome
from tests.ledger.receipts import LOG, LOG_KEYS, ORIGIN, WITNESS, made

pytestmark = pytest.mark.browser
GOOD = made()
FORGED = made(by=signing.of_log(ORIGIN, b"f" * 32, b"g" * 32))
BAD, DOUBT, FINE = "verdict-bad", "verdict-doubt", "verdict-good"


def check(page: Chrome, text: Any, key: str = "") -> str:
    pasted = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
    page.ask(
        f"document.getElementById('text').value = {json.dumps(pasted)};"
        f"document.getElementById('key').value = {json.dumps(key)};"
        "document.getElementById('verdict').hidden = true; document.getElementById('ask').requestSubmit(); 0"
    )
    page.until("!document.getElementById('verdict').hidden")
    return str(page.ask("document.getElementById('verdict').className")).split()[1]


@pytest.fixture
def page(chrome: Chrome, url: str) -> Chrome:
    chrome.fresh(390, 844)
    chrome.open(f"{url}/verify?lang=en&theme=auto")
    return chrome


def test_what_it_says_of_receipts(page: Chrome, tmp_path: Path) -> None:
    assert check(page, GOOD) == FINE
    assert "P-71" in page.ask("document.getElementById('entry').textContent")
    open_ = page.ask("Array.from(document.querySelectorAll('#steps .open'), each => each.textContent).join()")
    assert "ML-DSA-44" in open_
    assert page.ask(TOO_WIDE) == []
    assert check(page, {"items": [GOOD], "next": None}) == FINE
    assert check(page, GOOD, LOG_KEYS[0]) == FINE
    assert check(page, FORGED) == DOUBT
    assert check(page, FORGED, LOG_KEYS[0]) == BAD
    assert check(page, made(by=LOG[1:], seen_by=WITNESS)) == DOUBT  # only ML-DSA: nothing that this browser can check
    assert page.complaints == []
    assert all(each.startswith(("http://127.0.0.1", "data:")) for each in page.requested)


@pytest.mark.parametrize(
    "altered",
    [
        "", "hello", "{}", "null", "[]", {**GOOD, "format": "x"}, {**GOOD, "more": 1}, {**GOOD, "keys": []},
        {**GOOD, "entry": GOOD["entry"].replace("P-71", "P-72")},
        {**GOOD, "entry": GOOD["entry"].replace('"position":71', '"position":72')},
        {**GOOD, "proof": GOOD["proof"].replace("index 70", "index 71")},
        {**GOOD, "proof": GOOD["proof"].replace("\n200\n", "\n201\n")},
        {**GOOD, "postings": "[]"},
        {**GOOD, "keys": [*GOOD["keys"], str(signing.of_log("other", b"f" * 32, b"g" * 32)[0].key)]},
    ],
)  # fmt: skip
def test_what_was_altered(page: Chrome, altered: Any) -> None:
    assert check(page, altered) == BAD


def parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def test_flipped_bits(page: Chrome, seed: int) -> None:
    """Some of the bits that the program for auditors is tried with, all over the receipt."""
    raw = json.dumps(GOOD, ensure_ascii=False).encode()
    for number in range(60):
        bit = (seed + number * 7919) % (len(raw) * 8)
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        text = changed.decode(errors="replace")
        same = text == raw.decode() or parsed(text) == GOOD
        in_ml_dsa = len(GOOD["proof"]) > 3000 and raw[: bit // 8].rfind(b"\xe2\x80\x94") > 0
        if not same and not in_ml_dsa:
            assert check(page, text) == BAD, (bit, text[max(0, bit // 8 - 40) : bit // 8 + 40])
