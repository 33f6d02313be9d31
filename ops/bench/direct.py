"""Direct ingest: decoding, decision, idempotency, postings, inline states and Merkle leaf, in one process."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any

import msgspec

from ledger.candidate import Answer
from ledger.intake import Intake
from ledger.kernel import clock
from ledger.store.appender import Appender

CHUNK = 1_000
IN_FLIGHT = 3


def lines(events: Iterable[dict[str, Any]]) -> list[bytes]:
    """The events as they come over the wire."""
    return [msgspec.json.encode(event) for event in events]


def ingest(appender: Appender, intake: Intake, raw: Sequence[bytes]) -> float:
    """Seconds from the first byte decoded to the last event durable. Raises where one wasn't accepted."""
    started = time.perf_counter()
    waiting: deque[Future[list[Answer]]] = deque()
    for start in range(0, len(raw), CHUNK):
        now = clock.now()
        waiting.append(appender.submit([intake.decode(line, None, now) for line in raw[start : start + CHUNK]]))
        if len(waiting) > IN_FLIGHT:
            _check(waiting.popleft().result())
    while waiting:
        _check(waiting.popleft().result())
    return time.perf_counter() - started


def _check(answers: list[Answer]) -> None:
    bad = next((answer for answer in answers if answer.status != "accepted"), None)
    if bad is not None:
        raise RuntimeError(f"the bench's events must all be accepted, but: {bad}")
