"""An investor for tests: one person on three platforms, a stranger with the same ids, and their sessions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg

from api.access import Role
from ledger import identity
from ops import access_store
from tests.api.house import HUIZHONG, RIVAL, House, event

PASSWORD = "a password for the tests"
THIRD = "platform:third"
ANN = {"scheme": "us-ssn", "number": "078-05-1120"}
EVE = {"scheme": "us-ssn", "number": "219-09-9999"}
NOW = datetime.now(UTC)
SOON = (NOW + timedelta(days=30)).isoformat()
HOSTILE = "</title><script>alert(1)</script>'\"&{{7*7}}"


def just_now(seconds: int = 60) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def person(house: House, number: dict[str, str]) -> str:
    """The pseudonym of an identity."""
    return identity.person(house.settings.secret("identity"), number["scheme"], number["number"])


def add_user(house: House, name: str, number: dict[str, str] | None, role: Role = "investor") -> None:
    """Somebody who can sign in; an investor where an identity is given."""
    source = "registry" if role == "regulator" else HUIZHONG if role == "platform" else None
    whose = person(house, number) if number is not None else None
    with psycopg.connect(house.dsn) as connection:
        access_store.create_user(connection, role=role, name=name, password=PASSWORD, source=source, person=whose)


@contextmanager
def signed_in(house: House, name: str, language: str = "en") -> Iterator[httpx.Client]:
    """A browser of few words with a session."""
    with httpx.Client(base_url=house.url, follow_redirects=True, timeout=30) as client:
        form = {"name": name, "password": PASSWORD, "csrf": token(client.get(f"/console/sign-in?lang={language}").text)}
        answer = client.post("/console/sign-in", data=form, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        yield client


def token(page: str) -> str:
    """The token of a page's first form."""
    found = re.search('name="csrf" value="([0-9a-f]+)"', page)
    assert found, page[:2_000]
    return found[1]


def settle(house: House) -> None:
    """Three platforms that know Ann; on each the same ids belong to Eve, too, where Ann has others."""
    about = {"platform": "third", "name": "Third", "kinds": ["reward", "lending", "equity"], "jurisdiction": "US"}
    house.tell(
        "registry", [event("platform.registered", about, "registry", name="third-1", time="2024-01-01T00:00:00Z")]
    )
    licence = {"platform": "third", "licence": "L-third"}
    house.tell(
        "registry", [event("platform.licensed", licence, "registry", name="third-2", time="2024-01-02T00:00:00Z")]
    )
    house.keys["third"] = house.key("platform", THIRD)
    for name in ("huizhong", "rival"):
        granted = {"platform": name, "kinds": ["equity", "lending", "reward"], "licence": f"E-{name}"}
        house.tell("registry", [event("platform.licensed", granted, "registry", name=f"{name}-all")])
    for who, source, ann, eve in (
        ("huizhong", HUIZHONG, "U-1", "U-2"),
        ("rival", RIVAL, "U-2", "U-1"),
        ("third", THIRD, "U-9", "U-1"),
    ):
        house.tell(who, [registered(source, ann, ANN), registered(source, eve, EVE)])
        house.tell(who, campaign(source, "C-1"))
    house.tell("huizhong", [pledge("P-1", HUIZHONG, "U-1", 5_000), collected("P-1")])
    house.tell("rival", [pledge("P-1", RIVAL, "U-1", 70_000), pledge("P-2", RIVAL, "U-2", 900)])
    house.tell("third", [pledge("P-1", THIRD, "U-9", 300)])
    house.catch_up()


def registered(source: str, party: str, number: dict[str, str], **more: Any) -> dict[str, Any]:
    return event("party.registered", {"party": party, "kind": "person", "identity": number, **more}, source)


def campaign(source: str, name: str, opened: str | None = None, **more: Any) -> list[dict[str, Any]]:
    """An open equity campaign under US law with its issuer."""
    about = {
        "campaign": name, "kind": "equity", "issuer": f"I-{name}", "title": HOSTILE, "goal": 100_000, "currency": "USD",
        "deadline": SOON, "funding": "keep_what_you_raise", "jurisdiction": "US", **more,
    }  # fmt: skip
    issuer = event("party.registered", {"party": f"I-{name}", "kind": "organisation"}, source)
    return [issuer, event("campaign.opened", about, source, time=opened or just_now(600))]


def pledge(name: str, source: str, who: str, amount: int, about: str = "C-1", **more: Any) -> dict[str, Any]:
    data = {"pledge": name, "campaign": about, "investor": who, "amount": amount, "currency": "USD", **more}
    return event("pledge.made", data, source, name=f"made-{name}", time=just_now())


def collected(name: str, source: str = HUIZHONG) -> dict[str, Any]:
    return event("pledge.collected", {"pledge": name}, source, time=just_now(30))
