"""Events straight to the append of this process: the same decisions and the same log, without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from time import sleep

from ledger.candidate import Answer
from ledger.intake import Intake
from ledger.kernel import clock
from ledger.store.appender import Appender, Overloaded, StoreUnavailable
from ops.importers.base import Event, ImportProblem
from ops.importers.sinks import KNOWN, Answers, Problem
from ops.migrate import migrate
from ops.postgres import database
from ops.settings import Settings
from ops.writer import open_appender

OVERLOADED_PAUSE_SECONDS = 0.05


class DirectSink:
    """Sends to an appender. The caller opens and closes it."""

    def __init__(self, appender: Appender, intake: Intake, now: Callable[[], datetime] = clock.now) -> None:
        self._appender = appender
        self._intake = intake
        self._now = now

    def takes(self, source: str) -> bool:
        """Whoever has the database may report for every source."""
        return True

    def send(self, events: Sequence[Event]) -> Future[Answers]:
        """Decode and queue: this batch is decoded while the writer is busy with those before."""
        now = self._now()
        items = [self._intake.decode(event, None, now) for event in events]
        result: Future[Answers] = Future()

        def answered(done: Future[list[Answer]]) -> None:
            error = done.exception()
            if error is None:
                result.set_result(_answers(events, done.result()))
            else:
                result.set_exception(_explained(error))

        while True:
            try:
                self._appender.submit(items).add_done_callback(answered)
                return result
            except Overloaded:
                sleep(OVERLOADED_PAUSE_SECONDS)


@contextmanager
def direct(settings: Settings) -> Iterator[DirectSink]:
    """A sink on the settings' database, migrated; what was queued is written before the block ends."""
    with database(settings) as dsn:
        migrate(dsn)
        with open_appender(settings, dsn) as appender:
            yield DirectSink(appender, Intake(settings.secret("identity")))


def _answers(events: Sequence[Event], given: Sequence[Answer]) -> Answers:
    answers = Answers()
    for event, answer in zip(events, given, strict=True):
        answers.counts[answer.status] += 1
        if answer.status not in KNOWN:
            source = str(event.get("source"))
            code = None if answer.code is None else str(answer.code)
            answers.problems.append(Problem(source, answer.id, answer.status, code, answer.detail))
    return answers


def _explained(error: BaseException) -> BaseException:
    if not isinstance(error, StoreUnavailable):
        return error
    return ImportProblem(
        f"The import stopped: {error} Nothing that was counted is lost. Run the same command again when the database "
        "answers; it continues where this run ended."
    )
