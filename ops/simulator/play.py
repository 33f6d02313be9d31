"""Plays a market through the public HTTP API as its platforms would: one key each, several at work at once."""

from __future__ import annotations

import gzip
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

from ops.simulator.market import Day
from ops.simulator.model import REGISTRY, Data

AT_ONCE = 4  # requests in flight
TIMEOUT = 120.0
TRIES = 8
PATIENCE = 15.0  # the longest that one Retry-After is obeyed, in seconds
PROBLEMS_KEPT = 1_000
BATCH_SENDER, GZIP_SENDER = "platform:aixin", "platform:anjie"  # platforms differ in what their programmers chose
SMALL = 2
NDJSON = "application/x-ndjson"


class PlayError(Exception):
    """The market could not be played; the message says what was asked, what came back, and what to do."""


@dataclass
class PlayResult:
    """What became of everything sent. `problems` are answers that were neither accepted nor duplicate."""

    events: int = 0
    accepted: int = 0
    duplicate: int = 0
    refused: int = 0
    parked: int = 0
    position: int = 0
    seconds: float = 0.0
    problems: list[Data] = field(default_factory=list)
    refused_by_code: Counter[str] = field(default_factory=Counter)

    @property
    def events_per_second(self) -> float:
        """Events sent and answered, by the wall clock."""
        return self.events / self.seconds if self.seconds else 0.0

    def add(self, source: str, number: int, answer: Data) -> None:
        """Count one answer over `number` events."""
        self.events += number
        for name in ("accepted", "duplicate", "refused", "parked"):
            setattr(self, name, getattr(self, name) + answer.get(name, 0))
        self.position = max(self.position, answer.get("position") or 0)
        for each in answer.get("results", ()):
            if each["status"] == "refused":
                self.refused_by_code[each["code"]] += 1
            if each["status"] in {"refused", "parked"} and len(self.problems) < PROBLEMS_KEPT:
                self.problems.append({"source": source, **each})


def play(
    base_url: str,
    keys: Mapping[str, str],
    days: Iterable[Day],
    advance: Callable[[int], None] = lambda _: None,
    at_once: int = AT_ONCE,
) -> PlayResult:
    """Send day after day; within a day the sources go at the same time, each in its own order.

    `keys` has an API key per source; `advance` is told how many events were answered. Raises PlayError.
    """
    result = PlayResult()
    began = time.monotonic()
    with httpx.Client(base_url=base_url, timeout=TIMEOUT) as client, ThreadPoolExecutor(at_once) as pool:
        for day in days:
            senders = sorted(day.by_source, key=lambda source: (source != REGISTRY, source))
            if REGISTRY in day.by_source:  # a platform must be on the register before it can report
                for number, answer in _send(client, keys, day, senders.pop(0)):
                    result.add(REGISTRY, number, answer)
                    advance(number)
            work = [(source, pool.submit(_send, client, keys, day, source)) for source in senders]
            for source, future in work:
                for number, answer in future.result():
                    result.add(source, number, answer)
                    advance(number)
    result.seconds = time.monotonic() - began
    return result


def _send(client: httpx.Client, keys: Mapping[str, str], day: Day, source: str) -> list[tuple[int, Data]]:
    """One source's day, in one request or a few; returns each one's number of events and answer."""
    if source not in keys:
        raise PlayError(f"no API key for {source}: make one with `crowdledger keys create --source {source}`.")
    headers = {"Authorization": f"Bearer {keys[source]}"}
    events = [delivery.event for delivery in day.by_source[source]]
    if len(events) <= SMALL:
        headers["Content-Type"] = "application/cloudevents+json"
        return [(1, _one(_post(client, headers, _json(event)))) for event in events]
    if source == BATCH_SENDER:
        headers["Content-Type"], body = "application/cloudevents-batch+json", _json(events)
    else:
        headers["Content-Type"], body = NDJSON, b"\n".join(map(_json, events)) + b"\n"
    if source == GZIP_SENDER:
        headers["Content-Encoding"], body = "gzip", gzip.compress(body, compresslevel=1)
    return [(len(events), _post(client, headers, body).json())]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _post(client: httpx.Client, headers: Mapping[str, str], body: bytes) -> httpx.Response:
    """Post; where the ledger is busy or gone for a moment, post the same again: it recognises what it has."""
    wait, why = 0.2, ""
    for _ in range(TRIES):
        try:
            response = client.post("/v1/events?results=problems", headers=dict(headers), content=body)
        except httpx.TransportError as error:
            why = f"{type(error).__name__}: {error}"
        else:
            if response.status_code not in {429, 503}:
                return _readable(response)
            why = f"status {response.status_code}"
            wait = _seconds(response.headers.get("Retry-After"), wait)
        time.sleep(min(wait, PATIENCE))
        wait *= 2
    raise PlayError(
        f"POST {client.base_url}v1/events failed {TRIES} times, last with {why}. "
        "Look into the server's log, then play again: what was taken will be recognised as duplicate."
    )


def _seconds(value: str | None, default: float) -> float:
    return float(value) if value and value.replace(".", "", 1).isdigit() else default


def _readable(response: httpx.Response) -> httpx.Response:
    """2xx answers events; a single event that is refused answers 409 or 422. Anything else is no answer to events."""
    if response.is_success or response.status_code in {409, 422}:
        return response
    raise PlayError(
        f"POST {response.url} answered {response.status_code}: {response.text[:500]}. "
        "The whole body was turned away, which no event of the market deserves; check the key and the server's log."
    )


def _one(response: httpx.Response) -> Data:
    """The answer to a single event, in the form of an answer to a batch; a refusal comes as problem details."""
    answer: Data = response.json()
    status = answer["status"] if response.is_success else "refused"
    item = {**answer, "status": status}
    return {status: 1, "position": answer.get("position"), "results": [item]}


def total(days: Sequence[Day]) -> int:
    """How many events there are to send."""
    return sum(len(events) for day in days for events in day.by_source.values())
