"""The close of a campaign that many pledged to: one event that ends them all, beside a COPY of as many posting lines.

What else is appended meanwhile waits for the lock; how long is said, too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg

from ledger.accounts import Posting
from ledger.intake import Intake
from ledger.kernel import clock
from ledger.store import reading
from ledger.store.appender import Appender
from ops.bench import direct, workload
from ops.bench.copy_limit import SQL
from ops.bench.figures import Figure
from ops.bench.scratch import scratch_database
from ops.settings import Settings

PLEDGES = 100_000
COPIES = 3
_TYPES = ("int8", "int4", "text", "text", "int8", "timestamptz", "timestamptz")


def measure(dsn: str, settings: Settings, say: Callable[[str], None], pledges: int = PLEDGES) -> list[Figure]:
    """Seconds of the close, in a database of its own. A second process appends beside it, as another api would."""
    secret = settings.secret("vault")
    with scratch_database(dsn) as scratch, Appender(scratch, secret) as appender, Appender(scratch, secret) as other:
        intake = Intake(settings.secret("identity"))
        direct.ingest(appender, intake, direct.lines(workload.setting()))
        direct.ingest(appender, intake, direct.lines(workload.crowd(pledges)))
        beside = _Beside(other, intake)
        seconds = direct.ingest(appender, intake, direct.lines([workload.close_of_crowd()]))
        waited = beside.stop()
        with psycopg.connect(scratch) as connection:
            closed = reading.event(connection, workload.SOURCE, "close-crowd")
            assert closed is not None
            assert len(closed.postings) == pledges + 1, len(closed.postings)
            limit = min(_copy(connection, closed.postings) for _ in range(COPIES))
    say(f"close of {pledges:,} pledges: {seconds:.2f} s, COPY of the lines {limit:.2f} s; others waited {waited:.2f} s")
    name = f"close of a campaign with {pledges:,} pledges / COPY of its lines"
    return [
        Figure(name, seconds, limit, "s", 40, 10, higher_is_better=False),
        Figure("longest wait of another append meanwhile / the close", waited, seconds, "s", 1.5, 1,
               higher_is_better=False),
    ]  # fmt: skip


class _Beside:
    """Somebody who appends single events all the time, and remembers the longest wait."""

    def __init__(self, appender: Appender, intake: Intake) -> None:
        self._appender, self._intake = appender, intake
        self._longest = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> float:
        """The longest wait in seconds."""
        self._stop.set()
        self._thread.join()
        return self._longest

    def _run(self) -> None:
        for event in workload.pledges(1_000_000, "beside"):
            if self._stop.is_set():
                return
            started = time.perf_counter()
            answer = self._appender.submit([self._intake.decode(_bytes(event), None, clock.now())]).result()[0]
            assert answer.status == "accepted", answer
            self._longest = max(self._longest, time.perf_counter() - started)
            self._stop.wait(0.005)


def _bytes(event: dict[str, Any]) -> bytes:
    return direct.lines([event])[0]


def _copy(connection: psycopg.Connection, postings: tuple[Posting, ...]) -> float:
    """Seconds to copy the lines into a bare table, durably."""
    connection.execute(SQL["drop_bare_lines"])
    connection.execute(SQL["create_bare_lines"])
    connection.commit()
    now = clock.now()
    rows = [(1, line, *posting, now, now) for line, posting in enumerate(postings)]
    started = time.perf_counter()
    with connection.cursor().copy(SQL["copy_lines"]) as copy:
        copy.set_types(_TYPES)
        for row in rows:
            copy.write_row(row)
    connection.commit()
    return time.perf_counter() - started
