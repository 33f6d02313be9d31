"""A person at the browser: signs in and out, reads labels in a language, presses what has a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator

from api.console import languages
from tests.browser.chrome import Chrome
from tests.browser.market import Market

SIGN_IN = "/console/sign-in"


def sign_in(chrome: Chrome, market: Market, role: str, number: int = 0, tag: str = "zh-Hans") -> None:
    """As a person does, from a browser that has no session; leads to the home of the role."""
    name, password = market.people[role][number]
    chrome.open(f"{market.url}{SIGN_IN}?lang={tag}&theme=auto")
    chrome.page.locator("input[name=name]").fill(name)
    chrome.page.locator("input[name=password]").fill(password)
    chrome.act(lambda: chrome.page.keyboard.press("Enter"))
    assert SIGN_IN not in chrome.page.url, chrome.page.locator("main").inner_text()


@dataclass
class Person:
    """Somebody of a role who reads one language."""

    chrome: Chrome
    market: Market
    tag: str

    def comes(self, role: str, number: int = 0) -> None:
        """In a browser of her own."""
        self.chrome.fresh()
        sign_in(self.chrome, self.market, role, number, self.tag)

    def goes(self, address: str) -> None:
        """To an address of the market."""
        assert self.chrome.open(f"{self.market.url}{address}") == 200, address

    def says(self, message: str, **values: Any) -> str:
        """A message of the catalogues in her language."""
        said = languages.translations(self.tag).gettext(message)
        return said % values if values else said

    def button(self, message: str) -> Locator:
        """The visible button with this name."""
        return self.chrome.page.get_by_role("button", name=self.says(message), exact=True)

    def presses(self, message: str) -> None:
        """A button that leads to another page."""
        with self.chrome.page.expect_navigation():
            self.button(message).click()

    def opens(self, message: str) -> None:
        """What is folded away behind a summary of this name."""
        self.chrome.page.locator("summary").filter(has_text=self.says(message)).click()

    def follows(self, message: str) -> None:
        """A link with this name."""
        with self.chrome.page.expect_navigation():
            self.chrome.page.get_by_role("link", name=self.says(message), exact=True).first.click()

    def reads(self) -> str:
        """What the page says."""
        return self.chrome.page.locator("main").inner_text()
