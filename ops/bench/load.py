"""A lean HTTP client for load: raw sockets on asyncio, so that the client doesn't cost more than the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Load(NamedTuple):
    """What a run of requests gave: `rate` requests a second, latencies in seconds."""

    requests: int
    rate: float
    p50: float
    p99: float
    bad: int


def request(path: str, key: str, body: bytes, content_type: str = "application/cloudevents+json") -> bytes:
    """The bytes of one POST."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def run(host: str, port: int, bodies: Sequence[bytes], clients: int, rate: float | None = None) -> Load:
    """Send every prepared request once over `clients` connections; `rate` paces them (open loop), None is flat out."""
    source: Iterator[tuple[int, bytes]] = iter(enumerate(bodies))
    latencies: list[float] = []
    bad = 0
    started = time.perf_counter()

    async def client() -> None:
        nonlocal bad
        reader, writer = await asyncio.open_connection(host, port)
        for number, body in source:
            if rate is not None:
                due = started + number / rate
                if (wait := due - time.perf_counter()) > 0:
                    await asyncio.sleep(wait)
            else:
                due = time.perf_counter()
            writer.write(body)
            status = await _response(reader)
            latencies.append(time.perf_counter() - due)
            bad += status >= 300
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    seconds = time.perf_counter() - started
    latencies.sort()
    return Load(
        len(latencies),
        len(latencies) / seconds,
        latencies[len(latencies) // 2],
        latencies[int(len(latencies) * 0.99)],
        bad,
    )


async def _response(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    lowered = head.lower()
    start = lowered.find(b"content-length:")
    length = int(lowered[start + 15 : lowered.index(b"\r\n", start)]) if start >= 0 else 0
    if length:
        await reader.readexactly(length)
    return int(head[9:12])
