"""Debian's Chromium under Playwright: one page, and what it asked for and complained about."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ABSENT = "no Chromium on this machine: apt-get install chromium fonts-noto-cjk"
TIMEOUT_SECONDS = 30.0
# What lies outside of the window, but for what may be scrolled by itself.
TOO_WIDE = (
    "Array.from(document.querySelectorAll('body *'))"
    ".filter(each => each.getBoundingClientRect().right > innerWidth + 1"
    " && !each.closest('.scroll, nav, .unseen'))"
    ".map(each => each.outerHTML.slice(0, 120))"
)

# Tables that run out of their card, where they can't be scrolled.
CUT_OFF = (
    "Array.from(document.querySelectorAll('.card table'))"
    ".filter(each => !each.closest('.scroll')"
    " && each.getBoundingClientRect().right > each.closest('.card').getBoundingClientRect().right + 1)"
    ".map(each => each.outerHTML.slice(0, 120))"
)


def find() -> str | None:
    """The browser's program; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Chrome:
    """A browser with one page. `fresh` begins anew: no cookies, nothing remembered."""

    page: Page

    def __init__(self, program: str) -> None:
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        self._context: BrowserContext | None = None
        self.requested: list[str] = []
        self.complaints: list[str] = []
        self.fresh()

    def fresh(self, width: int = 1280, height: int = 900, *, scheme: str = "light", state: Any = None) -> None:
        """A new visitor, or one who comes back with a `state` that was kept."""
        if self._context is not None:
            self._context.close()
        self.requested.clear()
        self.complaints.clear()
        self._context = self._browser.new_context(storage_state=state, reduced_motion="reduce", accept_downloads=True)
        self._context.set_default_timeout(TIMEOUT_SECONDS * 1000)
        self.page = self._context.new_page()
        self.page.on("request", self._asked)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.screen(width, height, scheme=scheme)

    def screen(self, width: int, height: int, *, scheme: str = "light") -> None:
        """The size of the window, and the colours that the system wishes."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")

    def state(self) -> Any:
        """Cookies and storage, to come back with."""
        assert self._context is not None
        return self._context.storage_state()

    def open(self, address: str) -> int:
        """Go there and wait until it has loaded; the status of the answer."""
        answer = self.page.goto(address)
        assert answer is not None, address
        return answer.status

    def act(self, act: Callable[[], object]) -> None:
        """Do something that leads to another page, and wait until that has loaded."""
        with self.page.expect_navigation():
            act()

    def ask(self, script: str) -> Any:
        """The value of an expression in the page; a promise is waited for."""
        return self.page.evaluate(script)

    def until(self, script: str) -> None:
        """Wait until an expression is true. From outside: what a page evaluates itself, its policy forbids."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not self._holds(script):
            assert time.monotonic() < deadline, f"waited {TIMEOUT_SECONDS:.0f} seconds for {script}"
            self.page.wait_for_timeout(50)

    def type(self, text: str) -> None:
        """Type into the field that has the focus."""
        self.page.keyboard.insert_text(text)

    def key(self, name: str) -> None:
        """Press a key."""
        self.page.keyboard.press(name)

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """A PNG of the page."""
        self.page.screenshot(path=path, full_page=whole)

    def close(self) -> None:
        """End the browser."""
        self._browser.close()
        self._playwright.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _holds(self, script: str) -> bool:
        try:
            return bool(self.page.evaluate(f"Boolean({script})"))
        except Error as error:
            # The page was left while it was asked; the next one is.
            if "context was destroyed" not in str(error):
                raise
            return False

    def _asked(self, request: Request) -> None:
        self.requested.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")
