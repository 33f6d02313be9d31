"""Where events go, seen from the import: a future for each batch, answered in the order in which batches were sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from ops.importers.base import Event

STATUSES = ("accepted", "duplicate", "parked", "refused")
KNOWN = STATUSES[:2]  # what is in the log


class Problem(NamedTuple):
    """One event that was parked or refused."""

    source: str
    id: str | None
    status: str
    code: str | None
    detail: str | None


@dataclass
class Answers:
    """What became of some events: how many by status, and those that have a problem."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)

    def add(self, other: Answers) -> None:
        """Take over another batch's."""
        self.counts.update(other.counts)
        self.problems += other.problems


class Sink(Protocol):
    """Takes batches, in order, from one thread."""

    def takes(self, source: str) -> bool:
        """Whether events of this source can be sent (over HTTP: whether there is a key for it)."""
        ...

    def send(self, events: Sequence[Event]) -> Future[Answers]:
        """Hand over a batch. The future raises ImportProblem where nothing more can be sent."""
        ...
