"""A ledger that only remembers: idempotent like the real one, so that importers can be tried without a database."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from ledger.kernel.canonical import canonical
from ops.importers.base import Event, Importer, Row
from ops.importers.sinks import Answers, Problem


class MemoryLedger:
    """A sink. `dies_after` batches it fails for good, as a killed import would."""

    def __init__(self, sources: frozenset[str] | None = None) -> None:
        self.events: dict[tuple[str, str], bytes] = {}
        self.order: list[Event] = []
        self.batches = 0
        self.dies_after: int | None = None
        self._sources = sources

    def takes(self, source: str) -> bool:
        return self._sources is None or source in self._sources

    def send(self, events: Sequence[Event]) -> Future[Answers]:
        future: Future[Answers] = Future()
        if self.dies_after is not None and self.batches >= self.dies_after:
            future.set_exception(ConnectionError("killed"))
            return future
        self.batches += 1
        answers = Answers()
        for event in events:
            status = self._take(event)
            answers.counts[status] += 1
            if status == "refused":
                answers.problems.append(Problem(event["source"], event["id"], status, "id_reused", "other content"))
        future.set_result(answers)
        return future

    def _take(self, event: Event) -> str:
        key, body = (event["source"], event["id"]), canonical(event)
        known = self.events.setdefault(key, body)
        if known is body:
            self.order.append(event)
            return "accepted"
        return "duplicate" if known == body else "refused"


@pytest.fixture
def memory_ledger() -> MemoryLedger:
    """An empty one."""
    return MemoryLedger()


@pytest.fixture
def make_ledger() -> Callable[..., MemoryLedger]:
    """Several, or one that only takes some sources."""
    return MemoryLedger


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    """Write rows as a CSV file with all columns that any of them has, packed where the name says so."""

    def write(name: str, rows: Sequence[dict[str, Any]]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
        raw = text.getvalue().encode()
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return path

    return write


def events_of(rows: Sequence[Row]) -> list[Event]:
    """All events of the rows, in order."""
    return [event for row in rows for event in row.events]


@pytest.fixture
def read() -> Callable[[Importer, Path], list[Event]]:
    """The events that an importer reads from a path, without its set-up."""

    def read(importer: Importer, path: Path) -> list[Event]:
        return events_of(list(importer.read([path])))

    return read
