"""Events over the public API, as platforms send them: NDJSON, a key for each source, patience with overload."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from types import TracebackType
from typing import Any, Protocol, Self

import httpx
import msgspec

from ops.importers.base import REGISTRY, Event, ImportProblem
from ops.importers.sinks import KNOWN, STATUSES, Answers, Problem

ATTEMPTS = 12  # about four minutes: a server that restarts is back by then
ATTEMPTS_UNREACHED = 4  # about four seconds: nothing has ever answered there
PAUSE_SECONDS_FIRST = 0.5
PAUSE_SECONDS_MAX = 30.0
RETRY_AFTER_SECONDS_MAX = 300.0
TIMEOUT = httpx.Timeout(10.0, read=300.0)
_BUSY = frozenset({429, 502, 503, 504})
_encode = msgspec.json.encode


class Keys(Protocol):
    """API keys by source."""

    def find(self, source: str) -> str | None:
        """The key to send this source's events with; None where there is none."""
        ...


class GivenKeys:
    """Keys from the command line. The plain key serves every platform that has none of its own."""

    def __init__(self, plain: str | None, registry: str | None, by_source: Mapping[str, str]) -> None:
        self._plain = plain
        self._by_source = dict(by_source) | ({REGISTRY: registry} if registry else {})

    def find(self, source: str) -> str | None:
        """The key to send this source's events with; None where there is none."""
        return self._by_source.get(source) or (None if source == REGISTRY else self._plain)


class HttpSink:
    """Posts one batch after the other in a thread of its own, so that reading goes on meanwhile.

    Never two posts at once: events of one batch may need those of the batch before.
    """

    def __init__(self, client: httpx.Client, keys: Keys, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._keys = keys
        self._sleep = sleep
        self._reached = False
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="import-http")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._worker.shutdown(cancel_futures=True)
        self._client.close()

    def takes(self, source: str) -> bool:
        """Whether there is a key for it."""
        return self._keys.find(source) is not None

    def send(self, events: Sequence[Event]) -> Future[Answers]:
        """Queue a batch."""
        return self._worker.submit(self._send, events)

    def _send(self, events: Sequence[Event]) -> Answers:
        """One post a source: platforms don't refer to each other. What the registry says keeps its place among them."""
        answers = Answers()
        for _, run in groupby(events, lambda event: event.get("source") == REGISTRY):
            by_source: defaultdict[str, list[Event]] = defaultdict(list)
            for event in run:
                by_source[str(event.get("source"))].append(event)
            for source, own in by_source.items():
                answers.add(self._post(source, own))
        return answers

    def _post(self, source: str, events: list[Event]) -> Answers:
        key = self._keys.find(source)
        if key is None:
            role, option = ("regulator", "--registry-key ") if source == REGISTRY else ("platform", f"--key {source}=")
            raise ImportProblem(
                f"There is no key for {source}. Make one with: crowdledger keys create --role {role} --name NAME "
                f"--source {source}, and pass it as {option}KEY. Where the ledger's database is on this "
                "machine, give no key at all, or import with --via direct."
            )
        body = b"\n".join(map(_encode, events))
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
        reason = ""
        attempt = 0
        while attempt < (ATTEMPTS if self._reached else ATTEMPTS_UNREACHED):
            try:
                response = self._client.post(
                    "/v1/events", params={"results": "problems"}, content=body, headers=headers
                )
            except httpx.TransportError as error:
                reason, wait = f"{type(error).__name__}: {error}", None
            else:
                self._reached = True
                if response.status_code not in _BUSY:
                    return _read(source, response)
                reason, wait = f"HTTP {response.status_code}", response.headers.get("Retry-After")
            self._sleep(_pause(attempt, wait))
            attempt += 1
        raise ImportProblem(
            f"{self._client.base_url} did not take the events ({reason}, {attempt} attempts). Check that the server "
            "runs there and run the same command again; it continues where this run ended."
        )


def _pause(attempt: int, retry_after: str | None) -> float:
    """Seconds to wait: what the server asks for, else growing; jitter keeps many senders from marching in step."""
    if retry_after and retry_after.isdecimal():
        return min(float(retry_after), RETRY_AFTER_SECONDS_MAX)
    jitter = random.uniform(0.75, 1.25)  # noqa: S311 - it spreads load and keeps no secret
    return min(PAUSE_SECONDS_FIRST * float(2**attempt), PAUSE_SECONDS_MAX) * jitter


def _read(source: str, response: httpx.Response) -> Answers:
    if response.status_code != httpx.codes.OK:
        raise ImportProblem(f"The server refused what {source} sent: {_problem(response)}")
    answer: dict[str, Any] = response.json()
    answers = Answers()
    answers.counts.update({status: answer[status] for status in STATUSES})
    answers.problems += (
        Problem(source, each.get("id"), each["status"], each.get("code"), each.get("detail"))
        for each in answer["results"]
        if each["status"] not in KNOWN  # a duplicate is listed too, but is no problem
    )
    return answers


def _problem(response: httpx.Response) -> str:
    """The text of a problem+json answer, or the status where it is none."""
    try:
        body = response.json()
        text = " ".join(str(body[name]) for name in ("title", "detail") if body.get(name))
    except (ValueError, AttributeError, TypeError):
        text = ""
    hint = " Check --key and --registry-key." if response.status_code in {401, 403} else ""
    return f"HTTP {response.status_code}. {text}{hint}".strip()
