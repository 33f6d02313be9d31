"""Corrections over HTTP: who must approve, what becomes of them, how the chain is shown."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.api.house import HUIZHONG, LINES, RIVAL, TIME, House, assert_problem, campaign, event, lines, pledge

_numbers = count(1)


@pytest.fixture(scope="module", autouse=True)
def _open(house: House) -> None:
    house.keys["other"] = house.key("platform", HUIZHONG, "second desk")
    house.keys["strange"] = house.key("platform", RIVAL, "stranger")
    house.tell("huizhong", [*campaign(), pledge("A", amount=10_000)])
    house.tell("huizhong", [event("pledge.collected", {"pledge": "A"})])


def _release(house: House, amount: int = 10) -> str:
    name = f"release-{next(_numbers)}"
    house.tell("huizhong", [event("funds.released", {"campaign": "C-9", "amount": amount}, name=name)])
    return name


def _correction(corrects: str, **more: Any) -> dict[str, Any]:
    return event("event.corrected", {"corrects": corrects, "reason": "typed twice", **more}, name=f"fix-{corrects}")


def _asked(house: House, who: str = "huizhong", amount: int = 10, **more: Any) -> tuple[str, str]:
    """A release and its correction, which waits: both ids."""
    wrong = _release(house, amount)
    answer = house.post(who, _correction(wrong, **more))
    assert answer.status_code == 202, answer.text
    assert "second person" in answer.json()["detail"]
    return wrong, f"fix-{wrong}"


def _say(house: House, who: str | None, name: str, what: str = "approve", source: str = HUIZHONG) -> httpx.Response:
    with house.client(who) as client:
        body = {"reason": "no proof"} if what == "reject" else {"note": "seen the bank's letter"}
        return client.post(f"/v1/corrections/{source}/{quote(name, safe='')}/{what}", json=body)


def _released(house: House) -> int:
    return int(house.get("huizhong", f"/v1/campaigns/{HUIZHONG}/C-9").json()["released"])


def _shown(house: House, name: str, who: str = "registry") -> dict[str, Any]:
    items = house.get(who, "/v1/corrections", limit=1000).json()["items"]
    return next(each for each in items if each["id"] == name)


@pytest.mark.parametrize("second", ["other", "registry"])
def test_a_second_person_approves_and_it_is_done(house: House, second: str) -> None:
    before = _released(house)
    wrong, name = _asked(house)
    assert _released(house) == before + 10
    assert _shown(house, name)["status"] == "waiting"
    answer = _say(house, second, name)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["status"], body["code"]) == ("approved", None)
    assert body["recorded_position"] == body["position"] + 1  # decided directly after, in the same commit
    assert _released(house) == before
    stored = house.get("huizhong", f"/v1/events/{HUIZHONG}/{wrong}").json()
    assert (stored["corrected_by"]["id"], stored["corrected_by"]["reason"]) == (name, "typed twice")
    assert stored["corrected_by"]["position"] == body["recorded_position"]
    correction = house.get("huizhong", f"/v1/events/{HUIZHONG}/{name}").json()
    assert (correction["corrects"]["id"], correction["corrects"]["position"]) == (wrong, stored["position"])
    people = correction["second_person"]
    assert correction["event"]["data"]["asked_by"] == people["asked_by"] != people["approved_by"]
    assert _shown(house, name)["settled_by"] == people["approved_by"]


def test_whoever_asked_has_no_say(house: House) -> None:
    _, name = _asked(house)
    assert_problem(_say(house, "huizhong", name), 409, "second_person_needed")
    assert_problem(_say(house, "huizhong", name, "reject"), 409, "second_person_needed")
    assert _shown(house, name)["status"] == "waiting"
    assert _say(house, "other", name).status_code == 201


def test_others_have_no_say(house: House) -> None:
    _, name = _asked(house)
    assert_problem(_say(house, None, name), 401, "unauthenticated")
    assert_problem(_say(house, "auditor", name), 403, "forbidden")
    for stranger in ("rival", "strange"):  # another platform's correction looks the same as none
        assert_problem(_say(house, stranger, name), 404, "not_found")
        assert house.get(stranger, "/v1/corrections").json()["items"] == []
        assert_problem(house.get(stranger, "/v1/corrections", source=HUIZHONG), 403, "forbidden")
    assert _shown(house, name, "auditor")["status"] == "waiting"
    assert _say(house, "registry", name).status_code == 201


def test_the_front_door_takes_no_approvals(house: House) -> None:
    _, name = _asked(house)
    data = {"correction": f"huizhong/{name}", "corrects": name.removeprefix("fix-"), "by": "somebody"}
    for who, source in (("other", HUIZHONG), ("registry", "registry")):
        sent = event("correction.approved", data, source, name=f"forged-{who}-{name}")
        assert_problem(house.post(who, sent), 409, "source_not_yours")
        assert house.post(who, lines([sent]), LINES).json()["refused"] == 1
    forged = _correction(name.removeprefix("fix-"), asked_by="somebody else") | {"id": f"forged-{name}"}
    assert_problem(house.post("huizhong", forged), 422, "malformed")
    assert _shown(house, name)["status"] == "waiting"
    _say(house, "other", name, "reject")


def test_rejected_is_refused_for_good(house: House) -> None:
    before = _released(house)
    _, name = _asked(house)
    answer = _say(house, "other", name, "reject").json()
    assert (answer["status"], answer["code"]) == ("rejected", "correction_rejected")
    assert "no proof" in answer["detail"]
    assert _released(house) == before + 10
    assert_problem(_say(house, "registry", name), 409, "correction_settled")
    shown = _shown(house, name)
    assert (shown["status"], shown["settled_because"]) == ("rejected", "no proof")
    refused = house.get("huizhong", "/v1/refusals", limit=1000).json()["items"]
    assert [each["code"] for each in refused if each["id"] == name] == ["correction_rejected"]
    # Its id is free, but what was said of it holds.
    assert_problem(house.post("huizhong", _correction(name.removeprefix("fix-"))), 409, "correction_rejected")


def test_approved_twice(house: House) -> None:
    _, name = _asked(house)
    assert _say(house, "other", name).status_code == 201
    assert_problem(_say(house, "registry", name), 409, "correction_settled")
    assert_problem(_say(house, "registry", name, "reject"), 409, "correction_settled")


def test_of_many_at_once_one_counts(house: House) -> None:
    before = _released(house)
    _, name = _asked(house)
    said = [("other", "approve"), ("registry", "approve"), ("second", "approve"), ("registry", "reject")] * 3
    with ThreadPoolExecutor(len(said)) as pool:
        answers = [*pool.map(lambda each: _say(house, each[0], name, each[1]), said)]
    counted = [answer for answer in answers if answer.status_code == 201]
    assert len(counted) == 1
    assert {answer.status_code for answer in answers} == {201, 409}
    approved = counted[0].json()["status"] == "approved"
    assert _released(house) == before + (0 if approved else 10)


def test_an_approval_of_what_is_not_there_yet(house: House) -> None:
    assert_problem(_say(house, "registry", "fix-nowhere"), 404, "not_found")
    # A correction that still waits for its event shows nobody what would be approved.
    assert house.post("huizhong", _correction("later")).status_code == 202
    assert_problem(_say(house, "registry", "fix-later"), 404, "not_found")
    house.tell("huizhong", [event("funds.released", {"campaign": "C-9", "amount": 1}, name="later")])
    assert _shown(house, "fix-later")["status"] == "waiting"
    assert _say(house, "registry", "fix-later").json()["status"] == "approved"


def test_what_became_impossible_is_refused_although_approved(house: House) -> None:
    wrong, name = _asked(house)
    again = _correction(wrong) | {"id": f"again-{wrong}"}
    assert house.post("huizhong", again).status_code == 202
    assert _say(house, "other", name).json()["status"] == "approved"
    answer = _say(house, "other", f"again-{wrong}").json()
    assert (answer["status"], answer["code"], answer["recorded_position"]) == ("refused", "already_corrected", None)
    assert _shown(house, f"again-{wrong}")["status"] == "refused"


def test_the_same_correction_sent_again_is_the_same(house: House) -> None:
    wrong, name = _asked(house)
    again = house.post("other", _correction(wrong))  # who asked stays who asked first
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    assert _say(house, "other", name).status_code == 201


def test_a_replacement_closes_the_chain(house: House) -> None:
    replacement = f"right-{next(_numbers)}"
    wrong, name = _asked(house, replacement=replacement)
    _say(house, "other", name)
    assert house.get("huizhong", f"/v1/events/{HUIZHONG}/{wrong}").json()["replaced_by"]["position"] is None
    house.tell("huizhong", [event("funds.released", {"campaign": "C-9", "amount": 3}, name=replacement)])
    stored = house.get("huizhong", f"/v1/events/{HUIZHONG}/{wrong}").json()
    right = house.get("huizhong", f"/v1/events/{HUIZHONG}/{replacement}").json()
    assert stored["replaced_by"] == {
        "id": replacement, "position": right["position"], "recorded_at": right["recorded_at"],
    }  # fmt: skip
    assert [each["id"] for each in right["replaces"]] == [wrong]
    assert "corrected_by" not in right
    assert house.get("huizhong", f"/v1/events/{HUIZHONG}/{name}").json()["replacement"]["id"] == replacement


def test_lists_by_status(house: House) -> None:
    _, name = _asked(house)
    waiting = house.get("huizhong", "/v1/corrections", status="waiting").json()["items"]
    assert name in [each["id"] for each in waiting]
    assert {each["status"] for each in waiting} == {"waiting"}
    for status in ("approved", "rejected", "refused"):
        found = house.get("registry", "/v1/corrections", status=status, source=HUIZHONG).json()["items"]
        assert {each["status"] for each in found} <= {status}
    assert_problem(house.get("huizhong", "/v1/corrections", status="lost"), 422, "invalid_parameter")
    first = house.get("registry", "/v1/corrections", limit=1).json()
    assert len(first["items"]) == 1
    assert first["next"] is not None
    _say(house, "other", name, "reject")


def test_odd_ids_and_bodies(house: House) -> None:
    wrong = _release(house)
    odd = _correction(wrong) | {"id": "a/b?c%20d"}
    assert house.post("huizhong", odd).status_code == 202
    with house.client("other") as client:
        address = f"/v1/corrections/{HUIZHONG}/{quote('a/b?c%20d', safe='')}"
        assert_problem(client.post(f"{address}/reject", json={}), 422, "invalid_parameter")
        assert_problem(client.post(f"{address}/reject", json={"reason": "\0"}), 422, "malformed")
        assert_problem(client.post(f"{address}/approve", json={"by": "me"}), 422, "invalid_parameter")
        assert_problem(client.post(f"{address}/approve?now=1"), 422, "invalid_parameter")
        assert client.post(f"{address}/approve").status_code == 201  # a note is not asked for
    assert TIME in odd["time"]
