"""A city with alerts, and browsers at its console."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.console import city, house
from tests.api.console.parts import City


@pytest.fixture
def town() -> City:
    """Five platforms, alerts of every severity and status."""
    return city.built()


@pytest.fixture
def browser(town: City) -> Iterator[house.Browser]:
    """Nobody has signed in yet."""
    with house.Browser(house.app(town)) as made:
        yield made


@pytest.fixture
def officer(browser: house.Browser) -> house.Browser:
    """li.wei, a regulator, reading English."""
    browser.sign_in("li.wei")
    browser.get("/console/alerts?lang=en")
    return browser


@pytest.fixture
def auditor(browser: house.Browser) -> house.Browser:
    """shen.ji, who reads only."""
    browser.sign_in("shen.ji")
    browser.get("/console/alerts?lang=en")
    return browser
