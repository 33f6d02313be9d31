"""Two officers, an auditor and a platform's user at the console of a real ledger, and what they do there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg

from api.access import Role
from ops import access_store
from tests.api.console.test_on_the_ledger import PASSWORD, SYSTEM
from tests.api.house import House

HOSTILE = "<script>alert('案')</script>\" onmouseover=\"x"
RULE = "I17-pledge-velocity"


def staffed(house: House) -> House:
    """The house with its people; alerts of both kinds, one for each test."""
    people: list[tuple[Role, str, str | None]] = [
        ("regulator", "qian", "registry"), ("regulator", "sun", "registry"), ("auditor", "zhou", None),
        ("platform", "wu", "platform:huizhong"),
    ]  # fmt: skip
    with psycopg.connect(house.dsn) as connection:
        for role, name, source in people:
            access_store.create_user(connection, role=role, name=name, password=PASSWORD, source=source, person=None)
    for number in range(14):
        told = finding(f"U-{number}", "high" if number < 4 else "low")
        assert house.services.record(house.services.decode(told, SYSTEM, house.services.now())).status == "accepted"
    house.catch_up()
    return house


def opened(house: House, client: httpx.Client, alert: str, **fields: str) -> str:
    """Open a case by its form; its number."""
    form = hidden(client.get("/console/cases/new").text)
    page = client.post("/console/cases/new", data={**form, "title": "A matter", "alerts": alert, **fields})
    assert page.status_code in {200, 404}, page.text
    house.catch_up()
    return page.url.path.rpartition("/")[2]


def shown(house: House, client: httpx.Client, case: str) -> str:
    """The page of a case, of the present end of the log."""
    house.catch_up()
    page = client.get(f"/console/cases/{case}")
    assert page.status_code == 200, page.text
    return page.text


def post(client: httpx.Client, case: str, **fields: str) -> httpx.Response:
    """Do something with a case, by a fresh form."""
    form = hidden(client.get(f"/console/cases/{case}").text)
    return client.post(f"/console/cases/{case}/actions", data={**form, **fields})


def act(house: House, client: httpx.Client, case: str, **fields: str) -> str:
    """The same, which must be taken; the page that follows."""
    house.catch_up()
    answer = post(client, case, **fields)
    assert answer.status_code == 200, answer.text
    return shown(house, client, case)


def upload(
    client: httpx.Client, case: str, form: dict[str, str], name: str, content: bytes, media_type: str
) -> httpx.Response:
    """Attach a file."""
    given = {key: form[key] for key in ("csrf", "once", "seen") if key in form}
    return client.post(f"/console/cases/{case}/files", data=given, files={"file": (name, content, media_type)})


def hidden(page: str, action: str | None = None) -> dict[str, str]:
    """The hidden fields of the form with an action, or of the first form that has an id of its own."""
    forms = re.findall(r"<form.*?</form>", page, re.DOTALL)
    chosen = next(
        (each for each in forms if (f'name="action" value="{action}"' in each if action else 'name="once"' in each)),
        page,
    )
    fields = re.findall(r'<input type="hidden" name="(csrf|once|seen)" value="([^"]*)"', chosen)
    assert fields, "there is no form"
    return dict(fields)


def history(house: House, case: str) -> list[dict[str, Any]]:
    """What happened to a case."""
    house.catch_up()
    found: list[dict[str, Any]] = house.get("registry", f"/v1/cases/{case}").json()["history"]
    return found


def alert_of(house: House, investor: str) -> str:
    """The alert about an investor."""
    found = house.get("registry", "/v1/alerts", subject=f"party:huizhong/{investor}").json()["items"]
    return str(found[0]["id"])


def first_case(house: House) -> str:
    """The case that is due first; one is opened where there is none."""
    house.catch_up()
    if not house.get("registry", "/v1/cases").json()["items"]:
        with house.client("registry") as client:
            assert client.post("/v1/cases", json={"title": "The first", "jurisdiction": "CN"}).status_code == 201
        house.catch_up()
    return str(house.get("registry", "/v1/cases").json()["items"][0]["id"])


def finding(investor: str, severity: str) -> dict[str, Any]:
    """A finding about an investor."""
    reason = f"Pledges of {investor}"
    data = {
        "rule": RULE, "version": 1, "key": {"investor": investor}, "severity": severity, "score": 500,
        "window": {"first_day": "2024-03-01", "last_day": "2024-03-28"}, "subject": [f"party:huizhong/{investor}"],
        "platform": "huizhong", "figures": {"pledges": 2}, "params": {"k_day": 2}, "evidence": [1],
        "evidence_count": 1, "reason": {"zh": reason, "en": reason},
    }  # fmt: skip
    return {
        "specversion": "1.0", "id": f"casework-{investor}", "source": "system", "type": "alert.found",
        "time": "2024-03-29T00:00:00Z", "data": data,
    }  # fmt: skip


@contextmanager
def signed_in(house: House, name: str, language: str = "en") -> Iterator[httpx.Client]:
    """A browser of somebody who has signed in."""
    with httpx.Client(base_url=house.url, follow_redirects=True, timeout=30) as client:
        form = {"name": name, "password": PASSWORD, **csrf_of(client.get(f"/console/sign-in?lang={language}").text)}
        page = client.post("/console/sign-in", data=form)
        assert page.status_code in {200, 404}, page.text  # a platform's first page is another's work
        yield client


def csrf_of(page: str) -> dict[str, str]:
    """The token of a page's first form."""
    found = re.search('name="csrf" value="([0-9a-f]+)"', page)
    assert found
    return {"csrf": found[1]}
