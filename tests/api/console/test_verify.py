"""The page that checks receipts: for everybody, in three languages, with nothing from elsewhere."""

from __future__ import annotations

import re

import pytest

from api.console.public.verify import SAYS
from tests.api.console.house import Browser
from tests.ledger.receipts import LOG_KEYS


@pytest.mark.parametrize(
    ("tag", "title"), [("zh-Hans", "核验凭证"), ("zh-Hant", "核驗憑證"), ("en", "Check a receipt")]
)
def test_it_opens_without_signing_in(browser: Browser, tag: str, title: str) -> None:
    page = browser.get(f"/verify?lang={tag}")
    assert page.status_code == 200
    assert page.url.path == "/verify"
    assert f"<h1>{title}</h1>" in page.text
    assert all(key.replace("+", "&#43;") in page.text or key in page.text for key in LOG_KEYS)
    assert not re.search(r"(src|href)=\"(https?:)?//", page.text)
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "<script>" not in page.text


def test_every_sentence_of_the_script_is_there(browser: Browser) -> None:
    page = browser.get("/verify?lang=en").text
    address = re.search(r'src="([^"]+/verify\.js)"', page)
    assert address is not None
    script = browser.get(address.group(1)).text
    asked = {
        name for call in re.findall(r"(?:said|step)\(([^;]*)\)", script) for name in re.findall(r'"([a-z-]+)"', call)
    }
    assert {"form", "tree-bad", "no-crypto", "signature-strange"} <= asked
    assert asked <= SAYS.keys()
    for name in SAYS:
        assert f'data-say="{name}"' in page
