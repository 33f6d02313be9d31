"""The console over the real thing: server, PostgreSQL, log, views; a person, a browser's requests, a second person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from api.access import Role
from ops import access_store
from tests.api.house import House, campaign, pledge

PASSWORD = "a password for the tests"
SYSTEM = frozenset({"system"})


@pytest.fixture(scope="module")
def alert(house: House) -> str:
    """The id of a critical alert about pledges of huizhong."""
    people: list[tuple[Role, str]] = [("regulator", "wang"), ("regulator", "chen"), ("auditor", "shen")]
    with psycopg.connect(house.dsn) as connection:
        for role, name in people:
            source = "registry" if role == "regulator" else None
            access_store.create_user(
                connection, role=role, name=name, password=PASSWORD, source=source, person=None
            )  # fmt: skip
    house.tell("huizhong", [*campaign(), pledge("P-1"), pledge("P-2", amount=7_000)])
    end = house.position()
    finding = _finding([end - 1, end])
    assert house.services.record(house.services.decode(finding, SYSTEM, house.services.now())).status == "accepted"
    house.catch_up()
    found = house.get("registry", "/v1/alerts").json()["items"]
    return str(found[0]["id"])


@pytest.fixture
def wang(house: House, alert: str) -> Iterator[httpx.Client]:
    """A regulator at the console."""
    with _signed_in(house, "wang") as client:
        yield client


def test_the_queue_and_the_alert_show_what_the_log_says(wang: httpx.Client, alert: str) -> None:
    queue = wang.get("/console/alerts").text
    assert "Two pledges of one investor" in queue
    assert "1 alert<" in queue
    page = wang.get(f"/console/alerts/{alert}").text
    assert "CN¥70.00" in page
    assert page.count("Pledge made") == 2
    assert "Sealed" in page or "Ledger at entry" in page
    assert wang.get("/console/platforms").text.count(">Licensed</span>") == 2
    assert "Huizhong" in wang.get("/console/platforms/huizhong").text


def test_two_people_close_it_and_the_log_has_it(house: House, wang: httpx.Client, alert: str) -> None:
    _act(wang, alert, action="comment", text="<b>seen</b>")
    _act(wang, alert, action="close", outcome="confirmed")
    house.catch_up()
    page = wang.get(f"/console/alerts/{alert}").text
    assert "Waiting for a second person" in page
    assert "&lt;b&gt;seen&lt;/b&gt;" in page
    with _signed_in(house, "chen") as chen:
        _act(chen, alert, action="close", outcome="confirmed")
    house.catch_up()
    assert "closed it" in wang.get(f"/console/alerts/{alert}").text
    history = house.get("registry", f"/v1/alerts/{alert}").json()["history"]
    assert [(step["step"], step.get("by")) for step in history] == [
        ("opened", None),
        ("commented", "wang"),
        ("close_requested", "wang"),
        ("closed", "chen"),
    ]


def test_an_auditor_reads_and_does_not_write(house: House, alert: str) -> None:
    with _signed_in(house, "shen") as shen:
        assert 'name="action"' not in shen.get(f"/console/alerts/{alert}").text
        token = _token(shen.get("/console/alerts").text)
        answer = shen.post(f"/console/alerts/{alert}/actions", data={"csrf": token, "action": "reopen"})
        assert answer.status_code == 403


def test_officers_are_offered_for_assignment(wang: httpx.Client, alert: str) -> None:
    page = wang.get(f"/console/alerts/{alert}").text
    assert "chen" in page
    assert "shen" not in page, "an auditor can't be given an alert"


def _finding(evidence: list[int]) -> dict[str, Any]:
    reason = "Two pledges of one investor"
    data = {
        "rule": "I17-pledge-velocity", "version": 1, "key": {"investor": "U-1"}, "severity": "critical", "score": 900,
        "window": {"first_day": "2024-03-01", "last_day": "2024-03-28"}, "subject": ["party:huizhong/U-1"],
        "platform": "huizhong", "figures": {"pledges": 2}, "params": {"k_day": 2}, "evidence": evidence,
        "evidence_count": 2, "reason": {"zh": reason, "en": reason},
    }  # fmt: skip
    return {
        "specversion": "1.0", "id": "f-1", "source": "system", "type": "alert.found",
        "time": "2024-03-29T00:00:00Z", "data": data,
    }  # fmt: skip


@contextmanager
def _signed_in(house: House, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=house.url, follow_redirects=True, timeout=30) as client:
        form = {"name": name, "password": PASSWORD, "csrf": _token(client.get("/console/sign-in?lang=en").text)}
        page = client.post("/console/sign-in", data=form)
        assert page.status_code == 200, page.text
        yield client


def _act(client: httpx.Client, alert: str, **form: str) -> None:
    token = _token(client.get(f"/console/alerts/{alert}").text)
    page = client.post(f"/console/alerts/{alert}/actions", data={"csrf": token, **form})
    assert page.status_code == 200, page.text


def _token(page: str) -> str:
    found = re.search('name="csrf" value="([0-9a-f]+)"', page)
    assert found
    return found[1]
