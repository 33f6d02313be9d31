"""Subscriptions over HTTP: who may, which addresses, the secret that is shown once, the dead letters."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.api.house import House, assert_problem

HOOK = {"name": "office", "channel": "webhook", "target": "https://hooks.example.org/x", "min_severity": "high"}


@pytest.fixture(scope="module", autouse=True)
def _open(house: House) -> None:
    house.catch_up()


def _post(house: House, who: str, path: str, **body: Any) -> httpx.Response:
    with house.client(who) as client:
        return client.post(path, json=body)


def test_life_of_a_subscription(house: House) -> None:
    done = _post(house, "registry", "/v1/subscriptions", **HOOK)
    assert done.status_code == 201, done.text
    name = done.json()["subscription"]
    assert done.json()["secret"].startswith("whsec_")
    listed = house.get("auditor", "/v1/subscriptions")
    assert done.json()["secret"] not in listed.text
    (row,) = listed.json()["items"]
    assert (row["id"], row["created_by"], row["sent"], row["ended_at"]) == (name, "lin", 0, None)
    with house.client("second") as client:
        assert client.delete(f"/v1/subscriptions/{name}").status_code == 200
        assert_problem(client.delete(f"/v1/subscriptions/{name}"), 404, "not_found")
        assert_problem(client.delete("/v1/subscriptions/none"), 422, "invalid_parameter")
    assert house.get("auditor", "/v1/subscriptions").json()["items"][0]["ended_at"]


@pytest.mark.parametrize(
    "other",
    [
        {"target": "http://hooks.example.org/x"}, {"target": "https://me:pw@hooks.example.org/"}, {"target": "x" * 600},
        {"channel": "fax"}, {"channel": "email", "target": "nobody"}, {"channel": "email", "target": "a@b.example"},
        {"min_severity": "awful"}, {"rule": "C99-none"}, {"platform": "none"}, {"language": "fr"},
        {"group_seconds": 99999}, {"colour": "red"}, {"name": ""},
        {"channel": "email", "target": "a@b.example\r\nBcc: c@d.example"},
    ],
)  # fmt: skip
def test_subscription_that_can_not_be(house: House, other: dict[str, Any]) -> None:
    assert_problem(_post(house, "registry", "/v1/subscriptions", **{**HOOK, **other}), 422, "invalid_parameter")


def test_whose_business_it_is(house: House) -> None:
    for who in ("auditor", "huizhong"):
        assert_problem(_post(house, who, "/v1/subscriptions", **HOOK), 403, "forbidden")
        assert_problem(_post(house, who, f"/v1/notifications/{uuid4()}/retry"), 403, "forbidden")
    for path in ("/v1/subscriptions", "/v1/notifications/dead"):
        assert_problem(house.get("huizhong", path), 403, "forbidden")


def test_dead_letters_are_listed_and_tried_again(house: House) -> None:
    name = _post(house, "registry", "/v1/subscriptions", **HOOK).json()["subscription"]
    ids = [str(uuid4()) for _ in range(3)]
    with psycopg.connect(house.dsn) as connection:
        for each in ids:
            connection.execute(
                "INSERT INTO deliveries (id, subscription, status, findings, body, attempts, next_try_at, last_error,"
                " created_at, ended_at)"
                " VALUES (%s, %s, 'dead', '{1,2}', '{}', 9, now(), 'it answered 500', now(), now())",
                (each, name),
            )
    first = house.get("auditor", "/v1/notifications/dead", limit=2).json()
    rest = house.get("auditor", "/v1/notifications/dead", limit=2, cursor=first["next"]).json()
    found = [*first["items"], *rest["items"]]
    assert {each["id"] for each in found} == {*ids}
    assert (found[0]["error"], found[0]["findings"], found[0]["attempts"]) == ("it answered 500", 2, 9)
    assert _post(house, "registry", f"/v1/notifications/{ids[0]}/retry").status_code == 201
    assert_problem(_post(house, "registry", f"/v1/notifications/{ids[0]}/retry"), 404, "not_found")
    assert len(house.get("auditor", "/v1/notifications/dead").json()["items"]) == 2
