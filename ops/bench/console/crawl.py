"""Follows the links of the console as each kind of user, and times every page on the server."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from html import unescape
from math import ceil
from statistics import median
from typing import Final, NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx

from api.access import Role
from api.console import ways
from api.console.shell import SIGN_IN

PER_PAGE: Final = 8  # addresses of one page
TIMES: Final = 5  # each is asked for so often, after one that warms up
VISITED_MAX: Final = 1_500
EVERYBODYS: Final = ("/register", "/statistics", "/verify")
_LINK: Final = re.compile(r'(?:href|hx-get|src)="(/[^"#]*)')
_TIMING: Final = re.compile(r'page;desc="([^"]*)";dur=([0-9.]+)')
_LEFT_OUT: Final = re.compile(r"[?&](lang|theme)=|^/console/static/|/sign-out|^/docs|^/v1/|^/openapi|/live\b")


class Person(NamedTuple):
    """Somebody who can sign in."""

    name: str
    password: str


class Timed(NamedTuple):
    """A page: its route, how many of its addresses were tried, milliseconds on the server."""

    route: str
    role: str
    addresses: int
    median: float
    p95: float
    slowest: str


def measure(
    url: str, people: Mapping[Role, Person], say: Callable[[str], None], per_page: int = PER_PAGE, times: int = TIMES
) -> list[Timed]:
    """All pages that can be reached, slowest first. Raises RuntimeError for a link that leads nowhere.

    `per_page` addresses of each page are asked for `times` times, after one time that warms up.
    """
    found: list[Timed] = []
    for role, person in people.items():
        with httpx.Client(base_url=url, timeout=120) as client:
            _sign_in(client, person)
            found += _Walk(client, per_page, times).timed(role, [each.path for each in ways.WAYS[role]], say)
    with httpx.Client(base_url=url, timeout=120) as client:
        found += _Walk(client, per_page, times).timed("everybody", EVERYBODYS, say)
    return sorted(found, key=lambda each: -each.p95)


class _Walk:
    """From page to page by links, breadth first; of each page only some addresses."""

    def __init__(self, client: httpx.Client, per_page: int, times: int) -> None:
        self._client = client
        self._per_page = per_page
        self._times = times
        self._took: dict[str, dict[str, list[float]]] = defaultdict(dict)  # milliseconds by route and address

    def timed(self, role: str, starts: Sequence[str], say: Callable[[str], None]) -> list[Timed]:
        """Every page that can be reached, with its times."""
        waiting, known = deque(starts), set(starts)
        for _ in range(VISITED_MAX):
            if not waiting:
                break
            for link in self._links(waiting.popleft()) - known:
                known.add(link)
                waiting.append(link)
        say(f"{role}: {sum(map(len, self._took.values()))} addresses of {len(self._took)} pages")
        return [_timed(route, role, each) for route, each in self._took.items()]

    def _links(self, address: str) -> set[str]:
        """Where a page leads to; nothing where enough is known of its kind, or where it is no page."""
        answer = self._client.get(address)
        if answer.status_code in {302, 303}:
            return set()
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answered {answer.status_code}: a page links to it")
        timing = _TIMING.search(answer.headers.get("server-timing", ""))
        if timing is None or not answer.headers["content-type"].startswith("text/html"):
            return set()
        here = self._took[timing[1]]
        if len(here) >= self._per_page:
            return set()
        here[address] = [self._ask(address) for _ in range(self._times)]
        there = (urljoin(address, unescape(link)) for link in _LINK.findall(answer.text))
        return {each for each in there if not _LEFT_OUT.search(each) and urlsplit(each).netloc == ""}

    def _ask(self, address: str) -> float:
        timing = _TIMING.search(self._client.get(address).headers["server-timing"])
        if timing is None:
            raise RuntimeError(f"{address} does not say how long it took")
        return float(timing[2])


def _timed(route: str, role: str, took: Mapping[str, list[float]]) -> Timed:
    every = sorted(each for times in took.values() for each in times)
    slowest = max(took, key=lambda address: max(took[address]))
    return Timed(route, role, len(took), median(every), every[ceil(0.95 * len(every)) - 1], slowest)


def _sign_in(client: httpx.Client, person: Person) -> None:
    page = client.get(SIGN_IN).text
    token = re.search('name="csrf" value="([0-9a-f]+)"', page)
    if token is None:
        raise RuntimeError(f"{SIGN_IN} has no form")
    answer = client.post(SIGN_IN, data={"name": person.name, "password": person.password, "csrf": token[1]})
    if answer.status_code != 303:
        raise RuntimeError(f"{person.name} can't sign in: {answer.status_code}")
