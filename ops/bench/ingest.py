"""The ingest rows: direct and NDJSON beside the COPY limit of the same round, single posts beside a bare endpoint."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import uvloop

from ledger.intake import Intake
from ledger.store.appender import Appender
from ops import access_store
from ops.bench import direct, load, sealing, workload
from ops.bench.copy_limit import SQL, copy_rate, payloads
from ops.bench.figures import Figure, median_pair, spread
from ops.bench.scratch import scratch_database
from ops.bench.serving import server
from ops.settings import Settings

ROUNDS = 3
SINGLE_CLIENTS = 64
Say = Callable[[str], None]
Pair = tuple[float, float]


def measure(dsn: str, settings: Settings, events: int, posts: int, say: Say) -> list[Figure]:
    """All rows of this file. Needs a server with room for a few hundred megabytes."""
    figures = [_direct(dsn, settings, events, say), _sealed(dsn, settings, events, say)]
    figures.extend(_over_http(dsn, settings, events, posts, say))
    return figures


def _direct(dsn: str, settings: Settings, events: int, say: Say) -> Figure:
    pairs: list[Pair] = []
    with scratch_database(dsn) as scratch, Appender(scratch, settings.secret("vault")) as appender:
        intake = Intake(settings.secret("identity"))
        direct.ingest(appender, intake, direct.lines(workload.setting()))
        for number in range(ROUNDS + 1):  # the first warms up
            raw = direct.lines(workload.pledges(events, f"d{number}"))
            before = _head(scratch)
            rate = events / direct.ingest(appender, intake, raw)
            limit = _copy_limit(scratch, before, events)
            say(f"direct: {rate:,.0f} events/s, COPY {limit:,.0f}/s, ratio {rate / limit:.2f}")
            pairs.append((rate, limit))
    say(f"direct / COPY: {spread(pairs[1:])}")
    value, limit = median_pair(pairs[1:])
    return Figure("direct ingest / COPY limit", value, limit, "events/s", 0.15, 0.5)


def _sealed(dsn: str, settings: Settings, events: int, say: Say) -> Figure:
    with scratch_database(dsn) as scratch, Appender(scratch, settings.secret("vault")) as appender:
        intake = Intake(settings.secret("identity"))
        direct.ingest(appender, intake, direct.lines(workload.setting()))
        figure, pairs = sealing.measure(scratch, appender, intake, events)
    say(f"sealing / none: {spread(pairs)}")
    return figure


def _over_http(dsn: str, settings: Settings, events: int, posts: int, say: Say) -> Iterator[Figure]:
    """The rows through a server. Bulk and single posts have a database each: neither meets the other's vacuum."""
    with _served(dsn, settings) as (scratch, host, port, key):
        yield _ndjson(scratch, f"http://{host}:{port}", key, events, say)
    with _served(dsn, settings) as (_, host, port, key):
        yield _single(host, port, key, posts, say)
        yield _tail_latency(host, port, key, posts, say)


@contextmanager
def _served(dsn: str, settings: Settings) -> Iterator[tuple[str, str, int, str]]:
    """(database, host, port, platform's key) of a server that knows the market's setting."""
    with scratch_database(dsn) as scratch, tempfile.TemporaryDirectory(prefix="cl-bench-") as folder:
        inner = Settings(data_dir=Path(folder), secret_key=settings.secret("bench").hex())
        registry, platform = _keys(scratch, inner)
        with server(scratch, inner, Path(folder) / "log") as (host, port):
            known = direct.lines(workload.setting())
            _send(f"http://{host}:{port}", registry, known[:2])
            _send(f"http://{host}:{port}", platform, known[2:])
            yield scratch, host, port, platform


def _keys(dsn: str, settings: Settings) -> tuple[str, str]:
    found = access_store.secrets_of(settings)
    with psycopg.connect(dsn) as connection:
        return (
            access_store.create_key(connection, found, role="regulator", name="bench", source="registry"),
            access_store.create_key(connection, found, role="platform", name="bench", source=workload.SOURCE),
        )


def _ndjson(dsn: str, base: str, key: str, events: int, say: Say) -> Figure:
    pairs: list[Pair] = []
    for number in range(ROUNDS + 1):
        raw = direct.lines(workload.pledges(events, f"n{number}"))
        before = _head(dsn)
        started = time.perf_counter()
        _send(base, key, raw)
        rate = events / (time.perf_counter() - started)
        limit = _copy_limit(dsn, before, events)
        say(f"NDJSON: {rate:,.0f} events/s, COPY {limit:,.0f}/s, ratio {rate / limit:.2f}")
        pairs.append((rate, limit))
    say(f"NDJSON / COPY: {spread(pairs[1:])}")
    value, limit = median_pair(pairs[1:])
    return Figure("POST /v1/events NDJSON / COPY limit", value, limit, "events/s", 0.12, 0.4)


def _single(host: str, port: int, key: str, posts: int, say: Say) -> Figure:
    pairs: list[Pair] = []
    for number in range(ROUNDS + 1):
        bare = _load(host, port, "/v1/bench/bare", key, posts, f"b{number}")
        real = _load(host, port, "/v1/events", key, posts, f"s{number}")
        say(f"single POST, {SINGLE_CLIENTS} clients: {real.rate:,.0f}/s (p99 {real.p99 * 1000:.0f} ms), "
            f"bare {bare.rate:,.0f}/s (p99 {bare.p99 * 1000:.0f} ms)")  # fmt: skip
        pairs.append((real.rate, bare.rate))
    say(f"single / bare: {spread(pairs[1:])}")
    value, limit = median_pair(pairs[1:])
    return Figure("single-event POST, 64 clients / bare endpoint", value, limit, "requests/s", 0.4, 0.8)


def _tail_latency(host: str, port: int, key: str, posts: int, say: Say) -> Figure:
    full = _load(host, port, "/v1/events", key, posts, "t0").rate
    pairs: list[Pair] = []
    for number in range(ROUNDS):
        bare = _load(host, port, "/v1/bench/bare", key, posts, f"u{number}", full / 2)
        real = _load(host, port, "/v1/events", key, posts, f"v{number}", full / 2)
        say(f"at {full / 2:,.0f}/s: p99 {real.p99 * 1000:.1f} ms, bare {bare.p99 * 1000:.1f} ms")
        pairs.append((real.p99 * 1000, bare.p99 * 1000))
    value, limit = median_pair(pairs)
    return Figure("p99 of single POST at half rate / bare", value, limit, "ms", 6, 2, higher_is_better=False)


def _load(host: str, port: int, path: str, key: str, posts: int, run: str, rate: float | None = None) -> load.Load:
    # Only pledges that are made: with 64 clients in no order, a collection could come before its pledge.
    made = (event for event in workload.pledges(posts * 2, run) if event["type"] == "pledge.made")
    bodies = [load.request(path, key, body) for body, _ in zip(direct.lines(made), range(posts), strict=False)]
    result = uvloop.run(load.run(host, port, bodies, SINGLE_CLIENTS, rate))
    if result.bad:
        raise RuntimeError(f"{result.bad} of {result.requests} requests to {path} weren't answered with success")
    return result


def _send(base: str, key: str, raw: list[bytes]) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
    body = (b"\n".join(raw[start : start + 500]) + b"\n" for start in range(0, len(raw), 500))
    answer = httpx.post(f"{base}/v1/events?results=problems", content=body, headers=headers, timeout=300)
    answer.raise_for_status()
    if answer.json()["accepted"] != len(raw):
        raise RuntimeError(f"the bench's events must all be accepted, but: {answer.text[:500]}")


def _head(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(SQL["head"]).fetchone()
        return int(row[0]) if row else 0


def _copy_limit(dsn: str, before: int, events: int) -> float:
    return copy_rate(dsn, payloads(dsn, before, before + events), events)
