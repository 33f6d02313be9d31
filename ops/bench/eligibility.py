"""How long an eligibility answer takes on a large book, over HTTP: one platform after the other, and 64 at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import psycopg

from ledger.intake import Intake
from ledger.store.appender import Appender
from ops import access_store
from ops.bench import direct, load, serving, workload
from ops.bench.figures import Figure
from ops.bench.scratch import scratch_database
from ops.settings import Settings

EVENTS: Final = 1_000_000
QUESTIONS: Final = 500
CLIENTS: Final = 64
LIMIT_MS: Final = 20.0
_CHUNK: Final = 50_000
_PATH: Final = "/v1/eligibility"


def measure(dsn: str, settings: Settings, say: Callable[[str], None], events: int = EVENTS) -> list[Figure]:
    """Milliseconds at the median, in a database of its own that has `events` events."""
    with scratch_database(dsn) as scratch, TemporaryDirectory() as folder:
        say(f"filling a book of {events:,} events ...")
        _fill(scratch, settings, events)
        with psycopg.connect(scratch) as connection:
            key = access_store.create_key(
                connection, access_store.secrets_of(settings), role="platform", name="bench", source=workload.SOURCE
            )
        with serving.server(scratch, settings, Path(folder) / "server.log") as (host, port):
            bodies = [load.request(_PATH, key, body, "application/json") for body in _questions()]
            asyncio.run(load.run(host, port, bodies[:50], 1))  # plans and caches
            one = asyncio.run(load.run(host, port, bodies, 1))
            many = asyncio.run(load.run(host, port, bodies, CLIENTS))
    assert not one.bad + many.bad, "every question has an answer"
    say(f"{CLIENTS} clients: {many.rate:.0f} answers/s, median {many.p50 * 1000:.0f} ms, p99 {many.p99 * 1000:.0f} ms")
    name = f"eligibility, median of one client on {events:,} events"
    return [Figure(name, one.p50 * 1000, LIMIT_MS, "ms", 1, 0.5, higher_is_better=False)]


def _fill(dsn: str, settings: Settings, events: int) -> None:
    intake = Intake(settings.secret("identity"))
    with Appender(dsn, settings.secret("vault")) as appender:
        chunk: list[bytes] = []
        for event in workload.equity_book(events):
            chunk.append(msgspec.json.encode(event))
            if len(chunk) == _CHUNK:
                direct.ingest(appender, intake, chunk)
                chunk = []
        direct.ingest(appender, intake, chunk)


def _questions() -> Iterator[bytes]:
    for n in range(QUESTIONS):
        asked = {"investor": f"E-{n * 37 % workload.EQUITY_INVESTORS}", "campaign": f"E-{n % workload.CAMPAIGNS}"}
        yield msgspec.json.encode({**asked, "amount": 10_000})
