"""The HTTP sink: a key for each source, one post at a time in order, patience with a busy server, plain words else."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

import httpx
import pytest

from ops.importers.base import ImportProblem, event
from ops.importers.http import ATTEMPTS, GivenKeys, HttpSink

NONE_BAD = {"accepted": 1, "duplicate": 0, "parked": 0, "refused": 0, "position": 1, "results": []}


class Server:
    """Answers what it was told, in turn, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = deque(answers)
        self.asked: list[httpx.Request] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.popleft() if self.answers else httpx.Response(200, json=NONE_BAD)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def sink(self, keys: GivenKeys | None = None) -> HttpSink:
        client = httpx.Client(base_url="http://ledger", transport=httpx.MockTransport(self))
        return HttpSink(client, keys or GivenKeys("secret", "registry-secret", {}), self.slept.append)


def some(source: str = "platform:p", id: str = "1") -> dict[str, Any]:
    return event(source, id, "x", "2020-01-01T00:00:00Z", {})


def test_events_go_out_as_ndjson_with_the_key_of_their_source() -> None:
    server = Server()
    keys = GivenKeys("plain", "registry-secret", {"platform:q": "q-secret"})
    with server.sink(keys) as sink:
        answers = sink.send([some(), some("platform:q"), some(id="2"), some("registry")]).result()
    assert answers.counts["accepted"] == 3
    first = server.asked[0]
    assert (first.url.path, first.url.query) == ("/v1/events", b"results=problems")
    assert first.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line)["id"] for line in first.content.splitlines()] == ["1", "2"]
    bearers = [request.headers["authorization"] for request in server.asked]
    assert bearers == ["Bearer plain", "Bearer q-secret", "Bearer registry-secret"]


def test_what_the_registry_says_keeps_its_place() -> None:
    server = Server()
    with server.sink() as sink:
        sink.send([some(), some("registry"), some(id="2"), some("platform:q"), some(id="3")]).result()
    posts = [[(e["source"], e["id"]) for e in map(json.loads, each.content.splitlines())] for each in server.asked]
    assert posts == [
        [("platform:p", "1")], [("registry", "1")], [("platform:p", "2"), ("platform:p", "3")], [("platform:q", "1")],
    ]  # fmt: skip


def test_problems_are_handed_back() -> None:
    known = {"id": "0", "status": "duplicate", "position": 1}
    bad = {"id": "1", "status": "refused", "code": "after_deadline", "detail": "too late"}
    server = Server(httpx.Response(200, json=NONE_BAD | {"accepted": 0, "refused": 1, "results": [known, bad]}))
    with server.sink() as sink:
        (problem,) = sink.send([some()]).result().problems
    assert problem == ("platform:p", "1", "refused", "after_deadline", "too late")


def test_a_busy_server_is_given_the_time_it_asks_for() -> None:
    asked_for = httpx.Response(429, headers={"Retry-After": "7"})
    server = Server(asked_for, httpx.Response(503), httpx.ConnectError("refused"))
    with server.sink() as sink:
        assert sink.send([some()]).result().counts["accepted"] == 1
    assert server.slept[0] == 7.0
    assert 0 < server.slept[1] < server.slept[2]
    assert len({request.content for request in server.asked}) == 1


def test_a_server_that_never_answered_is_not_waited_for_long() -> None:
    server = Server(*(httpx.ConnectError("refused") for _ in range(ATTEMPTS)))
    with server.sink() as sink, pytest.raises(ImportProblem, match=r"http://ledger.*run the same command again"):
        sink.send([some()]).result()
    assert sum(server.slept) < 10


def test_a_server_that_went_away_is_waited_for_longer() -> None:
    server = Server(httpx.Response(200, json=NONE_BAD), *(httpx.ConnectError("refused") for _ in range(ATTEMPTS)))
    with server.sink() as sink:
        sink.send([some()]).result()
        with pytest.raises(ImportProblem, match=f"{ATTEMPTS} attempts"):
            sink.send([some()]).result()
    assert sum(server.slept) > 100


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (
            httpx.Response(401, json={"title": "Unknown key", "detail": "Revoked."}),
            "HTTP 401. Unknown key Revoked. Check",
        ),
        (httpx.Response(413, text="large"), "HTTP 413."),
        (httpx.Response(404, json=[]), "HTTP 404."),
    ],
)
def test_other_answers_are_shown_as_they_are(response: httpx.Response, words: str) -> None:
    with Server(response).sink() as sink, pytest.raises(ImportProblem, match=words):
        sink.send([some()]).result()


@pytest.mark.parametrize(
    ("keys", "source", "taken"),
    [
        (GivenKeys("plain", None, {}), "platform:p", True),
        (GivenKeys("plain", None, {}), "registry", False),
        (GivenKeys(None, "r", {}), "registry", True),
        (GivenKeys(None, "r", {"platform:q": "k"}), "platform:p", False),
    ],
)
def test_a_plain_key_never_speaks_for_the_registry(keys: GivenKeys, source: str, *, taken: bool) -> None:
    with Server().sink(keys) as sink:
        assert sink.takes(source) is taken


def test_a_source_without_a_key_says_how_to_make_one() -> None:
    server = Server()
    with (
        server.sink(GivenKeys(None, "r", {})) as sink,
        pytest.raises(ImportProblem, match=r"keys create --role platform"),
    ):
        sink.send([some()]).result()
    assert not server.asked
