"""The pictures of docs/console.md, made anew: `python -m tests.browser.pictures` plays a market and takes them."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.browser.chrome import ABSENT, Chrome, find
from tests.browser.market import Demo, Market
from tests.browser.pages import examples
from tests.browser.person import sign_in

FOLDER: Final = Path(__file__).parent.parent.parent / "docs" / "pictures"
DESK, PHONE = (1280, 800), (390, 780)
DRAWN_MS: Final = 500


class Picture(NamedTuple):
    """A file, and what it shows to whom, how."""

    name: str
    address: str
    role: str | None
    tag: str = "zh-Hans"
    scheme: str = "light"
    size: tuple[int, int] = DESK


PICTURES: Final = (
    Picture("overview", "/console/overview", "regulator"),
    Picture("queue-dark", "/console/alerts", "regulator", "en", "dark"),
    Picture("alert", "/console/alerts/{alert}", "regulator"),
    Picture("case", "/console/cases/{case}", "regulator", "en"),
    Picture("campaign", "/console/campaigns/{campaign}", "regulator"),
    Picture("exposure", "/console/parties/{party}?hops=2", "regulator", "en"),
    Picture("platform", "/console/platforms/{platform}/money", "regulator"),
    Picture("rule", "/console/rules/{rule}/statistics", "regulator", "zh-Hant"),
    Picture("log-dark", "/console/log", "auditor", "zh-Hans", "dark"),
    Picture("reporting", "/platform/overview", "platform"),
    Picture("refused", "/platform/held/refused/{refused}", "platform", "en"),
    Picture("my-money", "/my/pledges", "investor", size=PHONE),
    Picture("my-receipt-dark", "/my/pledges/{own_pledge}", "investor", "en", "dark", PHONE),
    Picture("register", "/register", None, size=PHONE),
    Picture("statistics", "/statistics", None, "en"),
)


def main() -> int:
    """Take all of them; 1 where there is no browser."""
    program = find()
    if program is None:
        sys.stderr.write(f"{ABSENT}\n")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cl-", ignore_cleanup_errors=True) as folder, Chrome(program) as chrome:
        demo = Demo(Path(folder))
        try:
            _take(chrome, demo.start())
        finally:
            demo.stop()
    return 0


def _take(chrome: Chrome, market: Market) -> None:
    states: dict[str | None, Any] = {None: None}
    for each in PICTURES:
        if each.role is not None and each.role not in states:
            chrome.fresh()
            sign_in(chrome, market, each.role)
            states[each.role] = chrome.state()
        chrome.fresh(*each.size, scheme=each.scheme, state=states[each.role])
        address = each.address.format(**examples(market))
        chrome.open(f"{market.url}{address}{'&' if '?' in address else '?'}lang={each.tag}")
        chrome.page.wait_for_timeout(DRAWN_MS)
        chrome.picture(FOLDER / f"{each.name}.png", whole=False)
        sys.stderr.write(f"{each.name}\n")


if __name__ == "__main__":
    raise SystemExit(main())
