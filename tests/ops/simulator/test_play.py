"""Playing a market: the three forms of a body, order per source, patience with a busy ledger, clear errors."""

from __future__ import annotations

import gzip
import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ops.simulator import play as playing
from ops.simulator.market import Market, build
from ops.simulator.play import PlayError, play, total
from tests.ops.simulator.conftest import LAST


class Ledger(ThreadingHTTPServer):
    """Takes everything once; refuses what says so; is busy the first `busy` times."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.guard = threading.Lock()
        self.taken: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.seen: set[tuple[str, str]] = set()
        self.forms: set[tuple[str, str]] = set()
        self.busy = 0
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def take(self, key: str, event: dict[str, Any]) -> dict[str, Any]:
        name = (event["source"], event["id"])
        if name[1].startswith("spoiled"):
            return {"id": name[1], "status": "refused", "code": "malformed"}
        if name in self.seen:
            return {"id": name[1], "status": "duplicate", "position": 1}
        self.seen.add(name)
        self.taken[key].append(event)
        return {"id": name[1], "status": "accepted", "position": len(self.seen)}


class Handler(BaseHTTPRequestHandler):
    server: Ledger

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind, coding = self.headers["Content-Type"], self.headers.get("Content-Encoding", "")
        raw = gzip.decompress(body) if coding == "gzip" else body
        key = self.headers["Authorization"].removeprefix("Bearer ")
        with self.server.guard:
            if self.server.busy:
                self.server.busy -= 1
                self.answer(503, {}, retry="0.01")
                return
            if self.server.status != 200:
                self.answer(self.server.status, {"detail": "no"})
                return
            self.server.forms.add((kind, coding))
            if kind == "application/x-ndjson":
                events = [json.loads(line) for line in raw.splitlines()]
            else:
                events = json.loads(raw)
            if isinstance(events, dict):
                one = self.server.take(key, events)
                if one["status"] == "refused":
                    self.answer(422, {"status": 422, "code": one["code"], "id": one["id"], "outcome": "refused"})
                else:
                    self.answer({"accepted": 201, "duplicate": 200}[one["status"]], one)
                return
            results = [self.server.take(key, event) for event in events]
            counts = {
                kind: sum(each["status"] == kind for each in results) for kind in ("accepted", "duplicate", "refused")
            }
            problems = [each for each in results if each["status"] != "accepted"]
            self.answer(200, {**counts, "parked": 0, "position": len(self.server.seen), "results": problems})

    def answer(self, status: int, body: dict[str, Any], retry: str = "") -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if retry:
            self.send_header("Retry-After", retry)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    server = Ledger()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def small() -> Market:
    return build(5, LAST, days=30, scale=0.03)


@pytest.fixture(scope="module")
def keys(small: Market) -> dict[str, str]:
    return {each.key: f"key of {each.key}" for each in small.deliveries}


def test_all_arrives_in_order_per_source_and_is_counted(ledger: Ledger, small: Market, keys: dict[str, str]) -> None:
    counted = 0

    def advance(number: int) -> None:
        nonlocal counted
        counted += number

    result = play(ledger.url, keys, small.days(), advance)
    assert result.events == counted == len(small.deliveries) == total(list(small.days()))
    assert result.accepted == len(ledger.seen)
    assert result.accepted + result.duplicate + result.refused + result.parked == result.events
    assert result.refused == result.refused_by_code["malformed"] > 0
    assert result.position == len(ledger.seen)
    assert result.events_per_second > 0
    for source, key in keys.items():
        unspoiled = [x.event for x in small.deliveries if x.key == source and not x.fault and not x.again]
        taken = [event["id"] for event in ledger.taken[key] if event["id"] in {e["id"] for e in unspoiled}]
        assert taken == [event["id"] for event in unspoiled]


def test_platforms_differ_in_the_form_they_send(ledger: Ledger, small: Market, keys: dict[str, str]) -> None:
    play(ledger.url, keys, small.days())
    assert ledger.forms == {
        ("application/x-ndjson", ""),
        ("application/x-ndjson", "gzip"),
        ("application/cloudevents-batch+json", ""),
        ("application/cloudevents+json", ""),
    }


def test_a_busy_ledger_is_asked_again(ledger: Ledger, small: Market, keys: dict[str, str]) -> None:
    ledger.busy = 3
    assert play(ledger.url, keys, small.days()).accepted == len(ledger.seen)


def test_a_turned_away_body_says_what_came_back(ledger: Ledger, small: Market, keys: dict[str, str]) -> None:
    ledger.status = 401
    with pytest.raises(PlayError, match="answered 401"):
        play(ledger.url, keys, small.days())


def test_a_missing_key_says_how_to_make_one(ledger: Ledger, small: Market) -> None:
    with pytest.raises(PlayError, match="keys create"):
        play(ledger.url, {}, small.days())


def test_a_ledger_that_is_gone_is_named(small: Market, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "TRIES", 2)
    with pytest.raises(PlayError, match="failed 2 times"):
        play("http://127.0.0.1:9", keys, small.days())
