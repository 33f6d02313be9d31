"""A city with alerts, and browsers at its console."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.api.console import casework, city, house
from tests.api.console.parts import City
from tests.api.house import House


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


@pytest.fixture(scope="module")
def office(house: House) -> House:
    """Two officers, an auditor, a platform's user; alerts for them, on a real ledger."""
    return casework.staffed(house)


@pytest.fixture
def qian(office: House) -> Iterator[httpx.Client]:
    """An officer, reading English."""
    with casework.signed_in(office, "qian") as client:
        yield client


@pytest.fixture
def sun(office: House) -> Iterator[httpx.Client]:
    """Another."""
    with casework.signed_in(office, "sun") as client:
        yield client
