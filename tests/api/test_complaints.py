"""Complaints of investors: about their own alone; the text is never in the log, and goes with an erasure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Any

import httpx
import psycopg
import pytest

from ledger.store import vault
from tests.api.house import House, assert_problem
from tests.api.mine import ANN, EVE, add_user, person, registered, settle, signed_in

PATH = "/v1/me/complaints"
TEXT = "王大明 promised me my 700 back by Friday; account 6222021234567890123"


@pytest.fixture(scope="module", autouse=True)
def _settled(house: House) -> None:
    settle(house)
    add_user(house, "ann", ANN)
    add_user(house, "eve", EVE)


@pytest.fixture(scope="module")
def ann(house: House) -> Iterator[httpx.Client]:
    with signed_in(house, "ann") as client:
        yield client


def complain(client: httpx.Client, kind: str = "pledge", **changes: Any) -> httpx.Response:
    about = {
        "kind": kind,
        "platform": "huizhong",
        **({"id": "P-1"} if kind == "pledge" else {}),
        **changes.pop("about", {}),
    }
    return client.post(PATH, json={"about": about, "category": "money_not_back", "text": TEXT, **changes})


def test_filed_read_and_opened_on_the_record(house: House, ann: httpx.Client) -> None:
    answer = complain(ann)
    assert answer.status_code == 201, answer.text
    filed = answer.json()
    (own,) = ann.get(PATH).json()["items"]
    assert (own["text"], own["state"], own["position"]) == (TEXT, "received", filed["position"])
    assert own["about"] == {"kind": "pledge", "platform": "huizhong", "id": "P-1"}
    event = house.get("registry", f"/v1/events/registry/{filed['complaint']}").json()["event"]
    assert event["data"]["about"] == {"kind": "campaign", "id": "huizhong:C-1"}
    assert event["data"]["extra"] == {"text_digest": "sha256:" + sha256(f"{own['salt']}\n{TEXT}".encode()).hexdigest()}
    assert "6222021234567890123" not in json.dumps(event)
    assert person(house, ANN) not in json.dumps(event)
    house.catch_up()
    (shown,) = house.get("auditor", "/v1/complaints", by="investor").json()["items"]
    assert (shown["complaint"], shown["about"], shown["text"]) == (filed["complaint"], "campaign:huizhong/C-1", None)
    with house.client("registry") as client:
        opened = client.post(f"/v1/complaints/{filed['complaint']}/text", json={"reason": "to answer her"}).json()
    assert opened["text"] == TEXT
    (look,) = house.services.reads.events_at([opened["position"]]).value
    assert look.type == "vault.opened"
    assert json.loads(json.dumps(look.data.reason)).startswith(f"complaint {filed['complaint']}")


def test_who_may_not_open_it(house: House, ann: httpx.Client) -> None:
    complaint = ann.get(PATH).json()["items"][0]["complaint"]
    for who in ("auditor", "huizhong"):
        with house.client(who) as client:
            assert_problem(
                client.post(f"/v1/complaints/{complaint}/text", json={"reason": "curious"}), 403, "forbidden"
            )
    with house.client("registry") as client:
        assert_problem(client.post(f"/v1/complaints/{complaint}/text", json={"reason": " "}), 422, "invalid_parameter")
        assert_problem(client.post("/v1/complaints/none/text", json={"reason": "there is none"}), 404, "not_found")
    assert_problem(house.get("huizhong", "/v1/complaints"), 403, "forbidden")


def test_about_her_own_alone(house: House) -> None:
    with signed_in(house, "eve") as eve:
        assert_problem(complain(eve), 404, "not_found")  # P-1 there is Ann's
        assert_problem(complain(eve, about={"platform": "third"}), 404, "not_found")
        assert_problem(complain(eve, "loan", about={"id": "L-9"}), 404, "not_found")
        assert_problem(complain(eve, "platform", about={"platform": "nowhere"}), 404, "not_found")
        assert complain(eve, "platform").status_code == 201
        assert complain(eve, about={"platform": "rival"}).status_code == 201
        assert len(eve.get(PATH).json()["items"]) == 2


@pytest.mark.parametrize(
    "bad", [{"category": "revenge"}, {"text": " "}, {"text": "x" * 2_001}, {"by": "me"}, {"about": {"id": "a/b"}}]
)
def test_what_is_no_complaint(ann: httpx.Client, bad: dict[str, Any]) -> None:
    assert complain(ann, **bad).status_code == 422


def test_ten_a_day_however_many_ask_at_once(house: House) -> None:
    number = {"scheme": "us-ssn", "number": "333-33-3333"}
    add_user(house, "many", number)
    house.tell("huizhong", [registered("platform:huizhong", "U-many", number)])
    house.catch_up()
    with signed_in(house, "many") as many, ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: complain(many, "platform"), range(14)))
        codes = sorted(each.status_code for each in answers)
        assert codes == [201] * 10 + [429] * 4
        late = next(each for each in answers if each.status_code == 429)
        assert 80_000 < int(late.headers["retry-after"]) <= 86_400
        first = many.get(PATH, params={"limit": 6}).json()
        rest = many.get(PATH, params={"limit": 6, "cursor": first["next"]}).json()
        assert len({each["complaint"] for each in first["items"] + rest["items"]}) == 10


def test_an_erasure_takes_the_text_with_it(house: House, ann: httpx.Client) -> None:
    complaint = ann.get(PATH).json()["items"][0]["complaint"]
    with psycopg.connect(house.dsn, autocommit=True) as connection:
        vault.forget_sign_in(connection, person(house, ANN), house.services.now())
        assert vault.sweep(connection)
        row = connection.execute("SELECT count(*) FROM complaints WHERE person = %s", [person(house, ANN)]).fetchone()
    assert row == (0,)
    with house.client("registry") as client:
        assert_problem(client.post(f"/v1/complaints/{complaint}/text", json={"reason": "too late"}), 404, "not_found")
    house.catch_up()
    assert complaint in {each["complaint"] for each in house.get("registry", "/v1/complaints").json()["items"]}
