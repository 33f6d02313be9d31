"""What sealing costs: the same ingest with a sealer beside it, in a process of its own as in a server, and without."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event

import psycopg

from ledger import signing
from ledger.intake import Intake
from ledger.store import sealer
from ledger.store.appender import Appender
from ops.bench import direct, workload
from ops.bench.figures import Figure, median_pair

ROUNDS = 3
_SIGNERS = signing.of_log("bench.example/log", bytes(range(32)), bytes(range(1, 33)))
Pair = tuple[float, float]


def measure(dsn: str, appender: Appender, intake: Intake, events: int) -> tuple[Figure, list[Pair]]:
    """Events a second with sealing, beside those without; the order alternates from round to round."""
    pairs: list[Pair] = []
    for number in range(ROUNDS + 1):  # the first warms up
        rates: dict[bool, float] = {}
        for sealed in (True, False) if number % 2 else (False, True):
            raw = direct.lines(workload.pledges(events, f"k{number}{sealed:d}"))
            if sealed:
                with _sealing(dsn):
                    rates[sealed] = events / direct.ingest(appender, intake, raw)
            else:
                rates[sealed] = events / direct.ingest(appender, intake, raw)
            _catch_up(dsn)
        pairs.append((rates[True], rates[False]))
    value, limit = median_pair(pairs[1:])
    return Figure("direct ingest with sealing / without", value, limit, "events/s", 0.9, 1), pairs[1:]


def _catch_up(dsn: str) -> None:
    """So that each round seals its own events only."""
    with psycopg.connect(dsn) as connection:
        sealer.seal(connection, _SIGNERS)


@contextmanager
def _sealing(dsn: str) -> Iterator[None]:
    context = multiprocessing.get_context("spawn")
    ready, stop = context.Event(), context.Event()
    process = context.Process(target=_seal, args=(dsn, ready, stop), daemon=True)
    process.start()
    if not ready.wait(30):
        raise RuntimeError("the sealer's process didn't start within 30 seconds")
    try:
        yield
    finally:
        stop.set()
        process.join(30)


def _seal(dsn: str, ready: Event, stop: Event) -> None:
    running = sealer.Sealer(dsn, _SIGNERS).start()
    ready.set()
    stop.wait()
    running.stop()
