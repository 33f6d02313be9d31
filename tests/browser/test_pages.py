"""Every page, in three languages, light and dark, on a desk and on a telephone: whole, quiet, legible, accessible."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from starlette.routing import Match, Route

from api.access import Role
from api.console.app import console_routes
from ops.bench.console import crawl
from tests.api.console import city
from tests.api.console.parts import services
from tests.browser.chrome import CUT_OFF, TOO_WIDE, Chrome
from tests.browser.market import Market
from tests.browser.pages import NO_PAGE, PAGES, Page, examples
from tests.browser.person import sign_in

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parent.parent.parent
AXE = ROOT / "node_modules/axe-core/axe.min.js"
BAD = ("serious", "critical")
TWO_PARTS = {"party", "campaign", "loan", "pledge", "own_loan", "own_pledge"}
PHONE, DESK = (360, 780), (1280, 900)


class Look(NamedTuple):
    """How a page is looked at."""

    tag: str
    scheme: str
    size: tuple[int, int]

    def __str__(self) -> str:
        return f"{self.tag}-{self.scheme}-{self.size[0]}"


LOOKS = (
    Look("zh-Hans", "light", DESK),
    Look("en", "dark", DESK),
    Look("zh-Hant", "dark", PHONE),
    Look("en", "light", PHONE),
)


@pytest.fixture(scope="session")
def states(market: Market) -> dict[str, Any]:
    """Sessions that were begun, by role: signing in anew for each page would be most of the work."""
    return {}


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.role or 'everybody'}:{page.address}")
def test_a_page(chrome: Chrome, market: Market, states: dict[str, Any], page: Page, look: Look) -> None:
    address = page.address.format(**examples(market))
    chrome.fresh(*look.size, scheme=look.scheme, state=_session(chrome, market, states, page.role))
    status = chrome.open(f"{market.url}{address}{'&' if '?' in address else '?'}lang={look.tag}")
    assert status == page.status, address
    assert chrome.ask("document.documentElement.lang") == look.tag
    _keep(chrome, page, look)
    # A browser says so in its console where a page is answered with an error.
    said = [each for each in chrome.complaints if page.status == 200 or str(page.status) not in each]
    assert said == []
    assert [each for each in chrome.requested if not each.startswith((market.url, "data:", "blob:", "about:"))] == []
    assert chrome.ask("document.documentElement.scrollWidth") <= look.size[0]
    assert chrome.ask(TOO_WIDE) == []
    assert chrome.ask(CUT_OFF) == []
    assert _violations(chrome) == []


def test_every_link_leads_somewhere(market: Market) -> None:
    """As each kind of user, from page to page; the bench follows the same links and looks at the clock."""
    people = {cast("Role", role): crawl.Person(*known[0]) for role, known in market.people.items()}
    timed = crawl.measure(market.url, people, lambda _: None, per_page=2, times=1)
    assert len(timed) > 10


def test_every_page_is_looked_at() -> None:
    routes = [each for each in console_routes(services(city.built())) if isinstance(each, Route)]
    seen = {_route(routes, _filled(page.address.partition("?")[0])) for page in PAGES}
    pages = {
        each.path for each in routes if "GET" in (each.methods or {"GET"}) and not each.path.endswith("{rest:path}")
    }
    assert pages - seen - NO_PAGE.keys() == set(), "name an address of it in tests/browser/pages.py"
    assert NO_PAGE.keys() - pages == set(), "there are no such routes any more"


def _filled(address: str) -> str:
    """Something of the right form: things of platforms are named by two parts, what is counted by a number."""
    return re.sub(r"\{(\w+)\}", lambda each: "x/1" if each[1] in TWO_PARTS else "1", address)


def _route(routes: list[Route], path: str) -> str:
    scope = {"type": "http", "path": path, "method": "GET", "headers": [], "root_path": ""}
    return next(each.path for each in routes if each.matches(scope)[0] is Match.FULL)


def _session(chrome: Chrome, market: Market, states: dict[str, Any], role: str | None) -> Any:
    """What a browser keeps of a sign-in."""
    if role is None:
        return None
    if role not in states:
        chrome.fresh()
        sign_in(chrome, market, role)
        states[role] = chrome.state()
    return states[role]


def _violations(chrome: Chrome) -> list[str]:
    if not AXE.is_file():
        pytest.skip("no axe-core: python -I ops/assets.py installs it")
    chrome.ask(AXE.read_text(encoding="utf-8") + "; 0")
    found = chrome.ask("axe.run({resultTypes: ['violations']}).then(run => run.violations)")
    return [
        f"{each['impact']} {each['id']}: {node['html'][:160]}"
        for each in found
        if each["impact"] in BAD
        for node in each["nodes"][:3]
    ]


def _keep(chrome: Chrome, page: Page, look: Look) -> None:
    """A picture, where somebody wants to look at them: CROWDLEDGER_PICTURES names the folder."""
    folder = os.environ.get("CROWDLEDGER_PICTURES")
    if folder:
        name = re.sub(r"[^a-z0-9]+", "-", f"{page.role or 'everybody'}{page.address}".lower()).strip("-")
        chrome.picture(Path(folder) / f"{name}-{look}.png")
