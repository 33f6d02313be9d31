"""One import: read, send in batches with several under way, count what came back."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ops.importers.base import Event, Importer
from ops.importers.sinks import STATUSES, Answers, Sink

BATCH_EVENTS = 2_000
BATCHES_UNDER_WAY = 4
PROBLEMS_MAX = 20


@dataclass
class Progress:
    """How far the import is. Rows and events count once they are answered."""

    rows: int = 0
    events: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    problems: list[dict[str, Any]] = field(default_factory=list)  # the first few, to show
    not_sent: int = 0  # set-up events for whose source there is no key

    def add(self, rows: int, answers: Answers) -> None:
        """Take a batch's answers into account."""
        self.rows += rows
        self.events += answers.counts.total()
        self.counts.update(answers.counts)
        for problem in answers.problems:
            self.codes[problem.code or problem.status] += 1
            if len(self.problems) < PROBLEMS_MAX:
                self.problems.append(problem._asdict())


class _UnderWay(NamedTuple):
    rows: int
    answers: Future[Answers]


def run_import(
    importer: Importer, paths: Sequence[Path], sink: Sink, progress: Callable[[Progress], None]
) -> dict[str, Any]:
    """Import `paths` and return the figures: the contract's, then the format's own. Raises ImportProblem.

    Running it again, or after it was killed, only adds what is not there yet: ids come from the rows alone.
    """
    so_far = Progress()
    totals = importer.totals()
    under_way: deque[_UnderWay] = deque()

    def settle(left: int) -> None:
        while len(under_way) > left:
            batch = under_way.popleft()
            so_far.add(batch.rows, batch.answers.result())
            progress(so_far)

    def send(events: list[Event], rows: int) -> None:
        under_way.append(_UnderWay(rows, sink.send(events)))
        settle(BATCHES_UNDER_WAY)

    setup = importer.setup(paths)
    sendable = [each for each in setup if sink.takes(each["source"])]
    so_far.not_sent = len(setup) - len(sendable)
    for batch in _batches(sendable):
        send(batch, 0)
    settle(0)  # the registry and the platforms have keys of their own: no order holds between them
    events: list[Event] = []
    rows = 0
    for row in importer.read(paths):
        totals.add(row)
        rows += row.counted
        if row.rejected is not None:
            so_far.rejected[row.rejected] += 1
        events += row.events
        if len(events) >= BATCH_EVENTS:
            send(events, rows)
            events, rows = [], 0
    send(events, rows)
    settle(0)
    return _result(so_far, totals.result())


def _batches(events: list[Event]) -> Iterable[list[Event]]:
    return (events[start : start + BATCH_EVENTS] for start in range(0, len(events), BATCH_EVENTS))


def _result(done: Progress, totals: dict[str, Any]) -> dict[str, Any]:
    figures: dict[str, Any] = {"rows": done.rows, "events": done.events}
    figures |= {status: done.counts[status] for status in STATUSES}
    figures["rejected"] = dict(sorted(done.rejected.items()))
    figures["refused_by_code"] = dict(sorted(done.codes.items()))
    figures["problems"] = done.problems
    figures["not_sent"] = done.not_sent
    return figures | totals
