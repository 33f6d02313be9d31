"""People of two platforms at the console, over the real ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg

from api.access import Role
from ops import access_store
from tests.api.house import HUIZHONG, RIVAL, House

PASSWORD = "a password for the tests"
PEOPLE: tuple[tuple[Role, str, str | None], ...] = (
    ("platform", "hui", HUIZHONG),
    ("platform", "hao", HUIZHONG),
    ("platform", "riv", RIVAL),
    ("regulator", "wang", "registry"),
)


def settle(house: House) -> None:
    """Two people of one platform, one of another, and a regulator."""
    with psycopg.connect(house.dsn) as connection:
        for role, name, source in PEOPLE:
            access_store.create_user(connection, role=role, name=name, password=PASSWORD, source=source, person=None)


@contextmanager
def signed_in(house: House, name: str, language: str = "en") -> Iterator[httpx.Client]:
    """A browser of few words: keeps cookies, follows redirects."""
    with httpx.Client(base_url=house.url, follow_redirects=True, timeout=30) as client:
        form = {"name": name, "password": PASSWORD, "csrf": token(client.get(f"/console/sign-in?lang={language}").text)}
        assert client.post("/console/sign-in", data=form).status_code in {200, 404}
        assert "crowdledger_session" in client.cookies
        yield client


def token(page: str) -> str:
    """The CSRF token of the first form of a page."""
    found = re.search('name="csrf" value="([0-9a-f]+)"', page)
    assert found, page[:2000]
    return found[1]


def post(client: httpx.Client, path: str, **form: str) -> httpx.Response:
    """Fill in the form of a page."""
    return client.post(path, data={"csrf": token(client.get(path).text), **form})
