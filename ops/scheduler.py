"""Runs each live rule when it is due, in its jurisdiction's time, once however many schedulers there are.

A run judges the day before, local to the rule's zone. What was missed is caught up, newest 31 days; what failed is
tried again. Two schedulers are harmless: each run has an advisory lock and a row that is unique by (rule, version,
due time). Rules that run near real time are looked after beside that, by ops/near.py.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

import psycopg
import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from ledger.candidate import Answer
from ledger.intake import Intake
from ledger.kernel import clock, named_sql
from ledger.store.appender import Appender
from ops import due, lapses
from ops.near import Near
from risk import asked, document, runs, shadow
from risk.compile import days_since_epoch
from risk.document import Loaded
from risk.evaluator import standing_still

SQL = named_sql.load(Path(__file__).with_name("sql") / "scheduler.sql")
BEAT_SECONDS = 15
LOOK_AGAIN_SECONDS = 300
LAPSES_SECONDS = 60
SHADOW_SECONDS = 60
ASKED_SECONDS = 2  # a person waits for it
PATIENCE = timedelta(hours=1)  # how long a run waits for views that have fallen behind
_SYSTEM = frozenset({"system"})
_log = structlog.get_logger(__name__)


def submitter(appender: Appender, intake: Intake, now: Callable[[], datetime] = clock.now) -> runs.Submit:
    """The monitor's road into the log: the same intake and append as everybody's, as source `system`."""

    def submit(events: Sequence[dict[str, Any]]) -> Sequence[Answer]:
        moment = now()
        return appender.submit([intake.decode(each, _SYSTEM, moment) for each in events]).result()

    return submit


class Scheduler:
    """Holds no state that matters: what ran is in `rule_runs`, so it can be killed at any moment."""

    def __init__(
        self,
        dsn: str,
        submit: runs.Submit,
        *,
        rules: Sequence[Loaded] | None = None,
        candidates: Sequence[Loaded] | None = None,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._dsn = dsn
        self._submit = submit
        self._rules = {each.rule.id: each for each in (due.live(document.load_all()) if rules is None else rules)}
        if candidates is None:
            candidates = list(shadow.candidates(document.load_all()).values()) if rules is None else []
        self._candidates = candidates
        self._now = now
        self.name = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"
        self._near = Near(dsn, submit, list(self._rules.values()), now=now)
        # One thread for the rules, so that they never compete with each other; one for what people ask for and wait
        # for; one for the sign of life.
        self._jobs = BackgroundScheduler(
            executors={name: ThreadPoolExecutor(1) for name in ("default", "asked", "beat")},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=ZoneInfo("UTC"),
        )

    def start(self) -> Self:
        """Look at once for what was missed, then run when due; returns at once."""
        add, at_once = self._jobs.add_job, clock.now()  # the jobs' own clock, which `now` need not be
        for name, each in self._rules.items():
            add(self._tick_safely, due.Due(each), args=[name], id=name)
        # Catches up after an outage, and tries again what failed or waited for its views.
        add(self._tick_safely, "interval", seconds=LOOK_AGAIN_SECONDS, id="look", next_run_time=at_once)
        add(self._lapse, "interval", seconds=LAPSES_SECONDS, id="lapses", next_run_time=at_once)
        add(self._asked, "interval", seconds=ASKED_SECONDS, id="asked", executor="asked", next_run_time=at_once)
        if self._candidates:
            add(self._shadow, "interval", seconds=SHADOW_SECONDS, id="shadow", next_run_time=at_once)
        add(self._beat, "interval", seconds=BEAT_SECONDS, id="beat", executor="beat", next_run_time=at_once)
        self._jobs.start()
        self._near.start()
        return self

    def stop(self) -> None:
        """Let the runs in hand end, then stop."""
        self._near.stop()
        self._jobs.shutdown(wait=True)
        with self._connected() as connection:
            connection.execute(SQL["forget_beat"], {"scheduler": self.name})

    def tick(self, only: str | None = None) -> list[runs.Ran]:
        """Run everything (or one rule) that is due by now and has not run. What it did, oldest first."""
        done = []
        with self._connected() as connection:
            last = dict(connection.execute(SQL["last_due"], {"rules": list(self._rules)}).fetchall())
            for name, each in self._rules.items():
                if only is not None and name != only:
                    continue
                for due_at in due.due_times(each, last.get(name), self._now()):
                    ran = self._run(connection, each, due_at)
                    if ran is not None:
                        done.append(ran)
        return done

    def _run(self, connection: psycopg.Connection, each: Loaded, due_at: datetime) -> runs.Ran | None:
        if self._behind(connection, each, due_at):
            return None
        local = due_at.astimezone(ZoneInfo(each.rule.schedule.zone)).date()
        day = days_since_epoch(local) - 1
        try:
            return runs.run(connection, self._submit, each, [day], now=self._now, due_at=due_at)
        except psycopg.OperationalError:
            raise  # the database is gone: the other rules would fare no better
        except Exception as error:  # noqa: BLE001 - one rule's failure is in its run's row, and must not stop the others
            _log.error("rule_not_run", rule=each.rule.id, due_at=due_at.isoformat(), reason=f"{error}".strip())
            return None

    def _behind(self, connection: psycopg.Connection, each: Loaded, due_at: datetime) -> bool:
        """Whether to wait: the views are being built, or lack events from before a due time that is not long past."""
        try:
            with standing_still(connection, each.rule) as cutoff:
                row = connection.execute(SQL["behind"], {"cutoff": cutoff, "due_at": due_at}).fetchone()
        except LookupError:
            return True
        return self._now() - due_at <= PATIENCE and bool(row and row[0])

    def _tick_safely(self, only: str | None = None) -> None:
        try:
            self.tick(only)
        except Exception as error:  # noqa: BLE001 - the next look tries again; the beat shows that the process lives
            _log.error("scheduler_tick_failed", reason=f"{type(error).__name__}: {error}".strip())

    def follow(self) -> list[int]:
        """Evaluate the candidate versions beside the live ones' runs; the numbers of these."""
        with self._connected() as connection:
            return [number for each in self._candidates for number in shadow.follow(connection, each, self._now)]

    def carry_out_asked(self) -> list[runs.Ran]:
        """Carry out the runs that people asked for; what they did."""
        with self._connected() as connection:
            return asked.carry_out_asked(connection, self._submit, self._rules, self._now)

    def _asked(self) -> None:
        try:
            self.carry_out_asked()
        except Exception as error:  # noqa: BLE001 - it is in its run's row; the next look goes on with the others
            _log.error("asked_run_failed", reason=f"{type(error).__name__}: {error}".strip())

    def _shadow(self) -> None:
        try:
            self.follow()
        except Exception as error:  # noqa: BLE001 - the next look goes on where this one ended
            _log.error("candidates_not_run", reason=f"{type(error).__name__}: {error}".strip())

    def _lapse(self) -> None:
        """Promises whose window to confirm again is over."""
        try:
            with self._connected() as connection:
                lapses.tell(connection, self._submit, self._now())
        except Exception as error:  # noqa: BLE001 - the next look finds the same again
            _log.error("lapses_not_told", reason=f"{type(error).__name__}: {error}".strip())

    def _beat(self) -> None:
        try:
            with self._connected() as connection:
                connection.execute(SQL["beat"], {"scheduler": self.name, "now": self._now()})
        except psycopg.Error as error:
            _log.warning("scheduler_beat_failed", reason=f"{error}".strip())

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        connection = psycopg.connect(
            self._dsn, autocommit=True, connect_timeout=5, application_name="crowdledger scheduler"
        )
        try:
            yield connection
        finally:
            connection.close()
