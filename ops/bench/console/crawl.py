"""Follows the links of the console as each kind of user, and times every page on the server."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from statistics import quantiles
from typing import Final, NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx

from api.access import Role
from api.console import ways
from api.console.shell import SIGN_IN
from ops.bench.console.book import PASSWORD

PER_PAGE: Final = 8  # addresses of one page
TIMES: Final = 5  # each is asked for so often, after one that warms up
VISITED_MAX: Final = 1_500
EVERYBODYS: Final = ("/register", "/statistics", "/verify")
_LINK: Final = re.compile(r'(?:href|hx-get|src)="(/[^"#]*)')
_TIMING: Final = re.compile(r'page;desc="([^"]*)";dur=([0-9.]+)')
_LEFT_OUT: Final = re.compile(r"[?&](lang|theme)=|^/console/static/|/sign-out|^/docs|^/v1/|^/openapi|/live\b")


class Timed(NamedTuple):
    """A page: its route, how many of its addresses were tried, milliseconds on the server."""

    route: str
    role: str
    addresses: int
    median: float
    p95: float
    slowest: str


def measure(url: str, names: Mapping[Role, str], say: Callable[[str], None]) -> list[Timed]:
    """All pages that can be reached, slowest first. Raises RuntimeError for a link that leads nowhere."""
    found: list[Timed] = []
    for role, name in names.items():
        with httpx.Client(base_url=url, timeout=120) as client:
            _sign_in(client, name)
            found += _as(client, role, [each.path for each in ways.WAYS[role]], say)
    with httpx.Client(base_url=url, timeout=120) as client:
        found += _as(client, "everybody", EVERYBODYS, say)
    return sorted(found, key=lambda each: -each.p95)


def _as(
    client: httpx.Client, role: str, starts: list[str] | tuple[str, ...], say: Callable[[str], None]
) -> list[Timed]:
    took: dict[str, dict[str, list[float]]] = defaultdict(dict)
    for address in _reachable(client, starts, took):
        route = _ask(client, address)[0]
        took[route][address] = [_ask(client, address)[1] for _ in range(TIMES)]
    say(f"{role}: {sum(map(len, took.values()))} addresses of {len(took)} pages")
    return [_timed(route, role, each) for route, each in took.items()]


def _reachable(
    client: httpx.Client, starts: list[str] | tuple[str, ...], took: dict[str, dict[str, list[float]]]
) -> Iterator[str]:
    """Addresses by links, breadth first; of each page only some."""
    waiting, known = deque(starts), set(starts)
    for _ in range(VISITED_MAX):
        if not waiting:
            return
        address = waiting.popleft()
        answer = client.get(address)
        if answer.status_code in {302, 303}:
            continue
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}: a page links to it")
        timing = _TIMING.search(answer.headers.get("server-timing", ""))
        if timing is None or not answer.headers["content-type"].startswith("text/html"):
            continue
        if len(took[timing[1]]) >= PER_PAGE:
            continue
        yield address
        for link in _LINK.findall(answer.text):
            there = urljoin(address, unescape(link))
            if there not in known and not _LEFT_OUT.search(there) and urlsplit(there).netloc == "":
                known.add(there)
                waiting.append(there)


def _ask(client: httpx.Client, address: str) -> tuple[str, float]:
    timing = _TIMING.search(client.get(address).headers["server-timing"])
    if timing is None:
        raise RuntimeError(f"{address} does not say how long it took")
    return timing[1], float(timing[2])


def _timed(route: str, role: str, took: Mapping[str, list[float]]) -> Timed:
    every = sorted(each for times in took.values() for each in times)
    cuts = quantiles(every, n=20, method="inclusive")
    slowest = max(took, key=lambda address: max(took[address]))
    return Timed(route, role, len(took), cuts[9], cuts[18], slowest)


def _sign_in(client: httpx.Client, name: str) -> None:
    page = client.get(SIGN_IN).text
    token = re.search('name="csrf" value="([0-9a-f]+)"', page)
    if token is None:
        raise RuntimeError(f"{SIGN_IN} has no form")
    answer = client.post(SIGN_IN, data={"name": name, "password": PASSWORD, "csrf": token[1]})
    if answer.status_code != 303:
        raise RuntimeError(f"{name} can't sign in: {answer.status_code}")
