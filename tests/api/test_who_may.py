"""Every address, asked by everybody: who_may.txt says who may, and an address that is not in it fails the test.

The table follows the contract's column `who` and docs/decisions/0006-console.md. Whoever adds an address decides here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import psycopg
import pytest
from starlette.routing import Route

from api.access import Role
from api.app import create_app
from api.reading import ROUTERS
from ops import access_store
from tests.api import mine
from tests.api.house import House

PEOPLE: Final[tuple[Role, ...]] = ("platform", "regulator", "auditor", "investor")
# Words of the table, and whom they mean.
GROUPS: Final = {
    "all": frozenset({"nobody", *PEOPLE}),
    "people": frozenset(PEOPLE),
    "office": frozenset({"regulator", "auditor"}),
    "regulator": frozenset({"regulator"}),
    "platform": frozenset({"platform"}),
    "investor": frozenset({"investor"}),
}
TABLE: Final = Path(__file__).parent / "who_may.txt"
# What stands in an address where the table has a name: something that is nowhere, in a form that is read.
FILLED: Final = {
    "source": "platform:huizhong", "scope": "huizhong", "number": "999999", "position": "999999", "day": "2024-01-01",
    "reservation": "0" * 32, "digest": "0" * 12, "pack": "none", "name": "none-such", "rest": "nowhere",
}  # fmt: skip
KEYED: Final = (
    "/v1/",
    "/tile/",
    "/docs",
    "/openapi.json",
    "/healthz",
    "/readyz",
    "/metrics",
    "/checkpoint",
    "/verify.py",
)
KEYS: Final = {"platform": "huizhong", "regulator": "registry", "auditor": "auditor"}  # an investor has none
OWN: Final = "/v1/me/"  # asked with the cookie of a session


class Address(NamedTuple):
    """A method with a route's pattern."""

    method: str
    pattern: str

    @property
    def path(self) -> str:
        return re.sub(r"{(\w+)(?::\w+)?}", lambda found: FILLED.get(found[1], "none-such"), self.pattern)

    @property
    def keyed(self) -> bool:
        """True for what programs ask with a key."""
        return self.pattern.startswith(KEYED) and not self.pattern.startswith(OWN)


@cache
def _table() -> dict[Address, frozenset[str]]:
    found = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        method, pattern, *groups = line.split()
        found[Address(method, pattern)] = frozenset().union(*(GROUPS[each] for each in groups))
    return found


def _addresses(house: House) -> Iterator[Address]:
    """All that the app serves."""
    routes = [each for each in create_app(house.services).routes if isinstance(each, Route)]
    for each in (*routes, *(route for router in ROUTERS for route in router.routes)):
        assert isinstance(each, Route) or hasattr(each, "methods"), f"{each} is no route that this test can ask"
        for method in sorted((each.methods or {"GET"}) - {"HEAD"}):
            yield Address(method, each.path)


@pytest.fixture(scope="module")
def everybody(house: House) -> Iterator[dict[str, httpx.Client]]:
    """By name: a client of each role with its session, with its key, and of nobody."""
    with psycopg.connect(house.dsn) as connection:
        for role in PEOPLE:
            source = {"platform": "platform:huizhong", "regulator": "registry"}.get(role)
            person = "a" * 64 if role == "investor" else None
            access_store.create_user(
                connection, role=role, name=f"may-{role}", password=mine.PASSWORD, source=source, person=person
            )
    house.catch_up()
    with ExitStack() as stack:
        found: dict[str, httpx.Client] = {
            role: stack.enter_context(mine.signed_in(house, f"may-{role}")) for role in PEOPLE
        }
        found["nobody"] = stack.enter_context(house.client(None))
        for whose, key in KEYS.items():
            found[f"{whose}'s key"] = stack.enter_context(house.client(key))
        yield found


def _asks(house: House, client: httpx.Client, address: Address) -> httpx.Response:
    """As whoever holds the client; a form carries its session's token and nothing else."""
    sent: dict[str, Any] = {"headers": {"Accept": "application/json"}, "follow_redirects": False}
    token = client.cookies.get("crowdledger_session", "")
    csrf = {"csrf": house.services.gate.csrf(token)}
    if address.method == "POST" and not address.keyed and not address.pattern.startswith(OWN):
        sent |= {"data": csrf, "files": {"file": b""}} if address.pattern.endswith("/files") else {"data": csrf}
    elif address.method == "POST":
        sent["json"] = {"reason": "none"} if address.pattern.endswith("/reject") else {}
    with client.stream(address.method, address.path, **sent) as answer:
        if "event-stream" not in answer.headers.get("content-type", ""):
            answer.read()
        return answer


def _came_in(answer: httpx.Response) -> bool:
    """False where it was the role that was refused."""
    if answer.status_code == 303:
        where = answer.headers["location"]
        return where != "/console/sign-in" and not where.startswith("/console/sign-in?next=")
    if answer.status_code in {401, 403}:
        return answer.headers["content-type"] != "application/problem+json"
    return True


def _who_came_in(house: House, everybody: dict[str, httpx.Client], address: Address) -> frozenset[str]:
    answers = {}
    for who in ("nobody", *PEOPLE):
        comes = f"{who}'s key" if address.keyed and who in KEYS else who
        answers[who] = _asks(house, everybody[comes], address)
    for who, answer in answers.items():
        assert answer.status_code < 500, (address, who, answer.text)
        if address.pattern != "/v1/events":  # the measured path: JSON to programs, which send a key by a header
            assert answer.headers["x-content-type-options"] == "nosniff", (address, who)
    came = frozenset(who for who, answer in answers.items() if _came_in(answer))
    if "nobody" not in came:
        for who, answer in answers.items():
            if answer.status_code == 200 and not address.keyed:
                assert "no-store" in answer.headers["cache-control"], (address, who)
    return came


def test_every_address_stands_in_the_table(house: House) -> None:
    assert set(_addresses(house)) == _table().keys()


# Last, because it ends the session with which the others are asked.
ORDER: Final = sorted(_table(), key=lambda each: each.pattern == "/console/sign-out")


def test_who_may_is_who_comes_in(house: House, everybody: dict[str, httpx.Client]) -> None:
    wrong = []
    for address in ORDER:
        came = _who_came_in(house, everybody, address)
        if came != _table()[address]:
            wrong.append(f"{address.method} {address.pattern}: {sorted(came)}, not {sorted(_table()[address])}")
    assert not wrong, "\n".join(wrong)


def test_a_key_opens_no_page_and_a_session_no_address_of_keys(house: House, everybody: dict[str, httpx.Client]) -> None:
    with mine.signed_in(house, "may-regulator") as person:
        for address, who in _table().items():
            if "nobody" in who or address.pattern == "/console":
                continue
            client = person if address.keyed else everybody["regulator's key"]
            assert not _came_in(_asks(house, client, address)), address


def test_who_must_set_up_a_second_factor_does_that_and_nothing_else(
    house: House, everybody: dict[str, httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert everybody
    monkeypatch.setattr(house.services.gate, "_require_totp", frozenset(PEOPLE))
    for role in PEOPLE:
        with mine.signed_in(house, f"may-{role}") as client:
            for address, who in _table().items():
                if "nobody" in who or address.keyed or address.pattern.startswith("/account") or role not in who:
                    continue
                answer = _asks(house, client, address)
                led = answer.headers.get("location") == "/account/second-factor"
                home = address.pattern in {"/console", "/console/sign-in/code"} and answer.status_code == 303
                assert led or home or not _came_in(answer), (address, role, answer.text)
