"""Batches and streams: totals, order, what is listed, and what a dry run leaves behind."""

from __future__ import annotations

import json
import socket
import time
from urllib.parse import urlsplit

import pytest

from tests.api.house import BATCH, LINES, House, assert_problem, campaign, event, lines, pledge


@pytest.fixture(scope="module", autouse=True)
def _open(house: House) -> None:
    house.tell("huizhong", campaign())


def _batch(*events: object) -> bytes:
    return json.dumps(events).encode()


def test_batch_answers_each_in_order_with_totals(house: House) -> None:
    before = house.position()
    body = _batch(pledge("A-1"), pledge("A-2", currency="USD"), pledge("A-1"), pledge("A-3", campaign="C-x"), 7)
    answer = house.post("huizhong", body, BATCH).json()
    assert {name: answer[name] for name in ("accepted", "duplicate", "parked", "refused", "position")} == {
        "accepted": 1, "duplicate": 1, "parked": 1, "refused": 2, "position": before + 1,
    }  # fmt: skip
    assert [each["status"] for each in answer["results"]] == ["accepted", "refused", "duplicate", "parked", "refused"]
    assert answer["results"][0] == {"id": "made-A-1", "status": "accepted", "position": before + 1}
    assert answer["results"][1]["code"] == "currency_mismatch"
    assert answer["results"][4]["id"] is None


def test_results_problems_leaves_out_what_was_accepted(house: House) -> None:
    body = lines([pledge("B-1"), pledge("B-2", currency="USD"), pledge("B-3")])
    answer = house.post("huizhong", body, LINES, query="?results=problems").json()
    assert answer["accepted"] == 2
    assert [(each["id"], each["item"]) for each in answer["results"]] == [("made-B-2", 2)]


def test_empty_bodies_answer_with_zeros_and_the_head(house: House) -> None:
    for body, form in ((b"", LINES), (b"\n\r\n  \n", LINES), (b"[]", BATCH)):
        answer = house.post("huizhong", body, form).json()
        assert answer == {
            "accepted": 0, "duplicate": 0, "parked": 0, "refused": 0, "position": house.position(), "results": [],
        }  # fmt: skip


def test_line_ends_may_be_of_any_kind(house: House) -> None:
    one, two = (json.dumps(pledge(name)).encode() for name in ("C-1", "C-2"))
    assert house.post("huizhong", b"\r\n" + one + b"\r\n\r\n" + two, LINES).json()["accepted"] == 2


def test_long_stream_keeps_its_order(house: House) -> None:
    """Each pledge is collected directly after it was made: out of order, every collection would be parked."""
    made = [pledge(f"D-{number}") for number in range(3000)]
    collected = [event("pledge.collected", {"pledge": f"D-{number}"}) for number in range(3000)]
    body = lines(each for pair in zip(made, collected, strict=True) for each in pair)
    answer = house.post("huizhong", body, LINES).json()
    assert (answer["accepted"], answer["parked"], answer["refused"]) == (6000, 0, 0)
    positions = [each["position"] for each in answer["results"]]
    assert positions == sorted(positions)
    again = house.post("huizhong", body, LINES, query="?results=problems").json()
    assert again["duplicate"] == 6000
    assert [each["position"] for each in again["results"]] == positions


def test_results_beyond_memory_come_from_a_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.posting.answers._RESULTS_IN_MEMORY_BYTES", 1000)
    answer = house.post("huizhong", lines(pledge(f"E-{number}") for number in range(200)), LINES).json()
    assert [each["id"] for each in answer["results"]] == [f"made-E-{number}" for number in range(200)]


def test_trickle_is_recorded_before_the_body_ends(house: House) -> None:
    """A feed that is held open for hours is as durable as a request that ends at once."""
    address = urlsplit(house.url)
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {house.keys['huizhong']}\r\n"
        f"Content-Type: {LINES}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    body = lines([pledge("F-1")])
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(head.encode() + b"%x\r\n%b\r\n" % (len(body), body))
        deadline = time.monotonic() + 10
        while house.get("huizhong", "/v1/events/platform:huizhong/made-F-1").status_code == 404:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        connection.sendall(b"0\r\n\r\n")
        answer = b""
        while not answer.endswith(b"]}"):
            answer += connection.recv(10_000)
    assert b'"accepted":1' in answer


def test_dry_run_of_many_is_decided_as_one_and_records_nothing(house: House) -> None:
    before = house.position()
    events = [*campaign(name="C-dry"), pledge("G-1", campaign="C-dry"), pledge("G-2", campaign="C-none")]
    answer = house.post("huizhong", lines(events), LINES, query="?dry_run=true").json()
    assert answer["dry_run"] is True
    assert (answer["accepted"], answer["duplicate"], answer["parked"]) == (2, 3, 1)
    assert house.position() == before
    assert house.get("huizhong", "/v1/campaigns/platform:huizhong/C-dry").status_code == 404


def test_dry_run_beyond_its_bound_answers_413(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.posting.stream.DRY_RUN_ITEMS_MAX", 10)
    response = house.post(
        "huizhong", lines(pledge(f"H-{number}") for number in range(11)), LINES, query="?dry_run=true"
    )
    assert_problem(response, 413, "too_large")


def test_too_many_streams_are_asked_to_come_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.posting.endpoint.STREAMS_MAX", 0)
    response = house.post("huizhong", lines([pledge("I-1")]), LINES)
    assert_problem(response, 503, "overloaded")
    assert response.headers["retry-after"] == "1"


def test_full_queue_is_said_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.posting.bridge.Bridge.waiting_items_max", 0)
    response = house.post("huizhong", pledge("I-2"))
    assert_problem(response, 503, "overloaded")
    assert response.headers["retry-after"] == "1"


def test_server_that_is_stopping_takes_no_more_streams(house: House) -> None:
    house.services.draining.set()
    try:
        for body, form in ((lines([pledge("J-1")]), LINES), (_batch(pledge("J-2")), BATCH)):
            assert_problem(house.post("huizhong", body, form), 503, "shutting_down")
        assert house.get(None, "/readyz").status_code == 503
        assert house.get(None, "/healthz").status_code == 200
    finally:
        house.services.draining.clear()
