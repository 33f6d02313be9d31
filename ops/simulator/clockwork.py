"""A small discrete-event engine: actions at moments, each may emit facts and plan further actions."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

from ops.simulator.model import Fact

Action = Callable[[datetime], None]


class Clockwork:
    """Runs actions in time order; ties in the order in which they were planned."""

    def __init__(self, end: datetime) -> None:
        self.facts: list[Fact] = []
        self._end = end
        self._queue: list[tuple[datetime, int, Action]] = []
        self._ticket = count()

    def plan(self, at: datetime, action: Action) -> None:
        """Do `action` at `at`, unless that is after the end."""
        if at < self._end:
            heapq.heappush(self._queue, (at.replace(microsecond=0), next(self._ticket), action))

    def say(self, at: datetime, source: str, kind: str, **data: object) -> None:
        """Emit a fact."""
        self.facts.append(Fact(at, source, kind, data))

    def run(self) -> list[Fact]:
        """Do everything planned; returns the facts, in time order."""
        while self._queue:
            at, _, action = heapq.heappop(self._queue)
            action(at)
        return self.facts
