"""Counts requests and how long they took. Plain lists, for the event loop alone: cheap enough anywhere."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, NamedTuple

BOUNDS_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Series(NamedTuple):
    """One route with one status: requests by bucket (each by itself, the last beyond all bounds), seconds in all."""

    route: str
    status: int
    buckets: tuple[int, ...]
    seconds: float


class Latency:
    """What `/metrics` shows of requests."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, int], list[int]] = {}
        self._seconds: dict[tuple[str, int], float] = {}

    def observe(self, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        series = (route, status)
        buckets = self._buckets.get(series)
        if buckets is None:
            buckets = self._buckets[series] = [0] * (len(BOUNDS_SECONDS) + 1)
            self._seconds[series] = 0.0
        buckets[bisect_left(BOUNDS_SECONDS, seconds)] += 1
        self._seconds[series] += seconds

    def series(self) -> Iterator[Series]:
        """All that was counted."""
        for (route, status), buckets in sorted(self._buckets.items()):
            yield Series(route, status, tuple(buckets), self._seconds[route, status])
