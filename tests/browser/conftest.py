"""A browser, at the console of a city in memory or at a whole market."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.console.assets import VENDOR, Assets
from tests.api.console import city, house
from tests.api.console.parts import City
from tests.api.console.users import PASSWORD
from tests.api.house import listening
from tests.browser.chrome import ABSENT, Chrome, find
from tests.browser.market import Demo, Market


@pytest.fixture(scope="session")
def chrome() -> Iterator[Chrome]:
    """One page of one browser for all tests."""
    program = find()
    if program is None:
        pytest.skip(ABSENT)
    with Chrome(program) as made:
        yield made


@pytest.fixture(scope="session")
def market(chrome: Chrome) -> Iterator[Market]:
    """A small market, played and served once for all tests that need a real ledger."""
    with tempfile.TemporaryDirectory(prefix="cl-", ignore_cleanup_errors=True) as folder:
        demo = Demo(Path(folder))
        try:
            yield demo.start()
        finally:
            demo.stop()


@pytest.fixture
def town() -> City:
    """What the console is about."""
    return city.built()


@pytest.fixture
def url(town: City) -> Iterator[str]:
    """Where it is served."""
    with listening(house.app(town)) as address:
        yield address


@pytest.fixture
def signed_in(chrome: Chrome, url: str) -> Chrome:
    """li.wei at the queue, in Chinese, on a desktop screen."""
    chrome.fresh()
    chrome.screen(1280, 900)
    chrome.open(f"{url}/console/sign-in?lang=zh-Hans&theme=auto")
    for name, text in (("name", "li.wei"), ("password", PASSWORD)):
        chrome.until(f"document.activeElement.name === '{name}'")
        chrome.type(text)
        chrome.until(f"document.activeElement.value === '{text}'")
        if name == "name":
            chrome.key("Tab")
    chrome.act(lambda: chrome.key("Enter"))
    chrome.open(f"{url}/console/alerts")
    return chrome


@pytest.fixture
def with_htmx() -> None:
    """The test needs htmx."""
    absent = [name for name in VENDOR if Assets().url(name) is None]
    if absent:
        pytest.skip(f"{', '.join(absent)} not installed: python -I ops/assets.py")
