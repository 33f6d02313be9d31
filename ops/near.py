"""Runs near-real-time rules: as soon as their views have something new, each at most as often as its `every` says.

Any number of processes may do so: a rule's runs are a chain, of which one process at a time adds the next link. A look
without news costs one small query, whatever the number of rules.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import psycopg
import structlog

from ledger.kernel import clock, named_sql
from risk import runs
from risk.document import Loaded
from risk.inputs import INPUTS

SQL = named_sql.load(Path(__file__).with_name("sql") / "scheduler.sql")
LOOK_SECONDS: Final = 0.1
RETRY_SECONDS: Final = 30.0  # after a failure
LOOK_AGAIN_SECONDS: Final = 5.0  # without news: another process may have died in the middle of a run
_log = structlog.get_logger(__name__)


class Near:
    """Looks until told to stop. Holds no state that matters: what was judged is in the runs' rows."""

    def __init__(
        self, dsn: str, submit: runs.Submit, rules: Sequence[Loaded], *, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._dsn = dsn
        self._submit = submit
        self._rules = {each.rule.id: each for each in rules if each.rule.schedule.every_ms is not None}
        self._now = now
        self._after: dict[str, float] = {}  # by the monotonic clock: when a rule may run again
        self._seen: dict[str, tuple[int, float]] = {}  # where its views were when there was nothing to do, and when
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look in a thread of its own, where there is a rule to look after; returns at once."""
        if self._rules:
            self._thread = threading.Thread(target=self._run, name="near", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Let the run in hand end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def look(self, connection: psycopg.Connection) -> list[runs.Ran]:
        """Run every rule that may run and whose views have something new. What it did."""
        positions: dict[str, int] = dict(connection.execute(SQL["view_positions"]).fetchall())
        done = []
        for name, each in self._rules.items():
            whole, moment = _whole(positions, each), time.monotonic()
            seen, at = self._seen.get(name, (-1, 0.0))
            if (whole == seen and moment < at + LOOK_AGAIN_SECONDS) or moment < self._after.get(name, 0.0):
                continue
            ran = self._try(connection, each)
            if ran is None:
                self._seen[name] = whole, moment
            else:
                done.append(ran)
        return done

    def _try(self, connection: psycopg.Connection, each: Loaded) -> runs.Ran | None:
        name, every_ms = each.rule.id, each.rule.schedule.every_ms or 0
        self._after[name] = time.monotonic() + every_ms / 1000
        try:
            return runs.near(connection, self._submit, each, now=self._now)
        except psycopg.OperationalError:
            raise  # the database is gone: the other rules would fare no better
        except LookupError as error:
            _log.warning("near_rule_waits", rule=name, reason=f"{error}")
        except Exception as error:  # noqa: BLE001 - it is in its run's row, and must not stop the other rules
            _log.error("near_rule_not_run", rule=name, reason=f"{type(error).__name__}: {error}".strip())
        self._after[name] = time.monotonic() + RETRY_SECONDS
        return None

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(
                    self._dsn, autocommit=True, connect_timeout=5, application_name="crowdledger near"
                ) as connection:
                    while not self._stop.wait(LOOK_SECONDS):
                        self.look(connection)
            except Exception as error:  # noqa: BLE001 - the next look tries again, over a new connection
                _log.error("near_look_failed", reason=f"{type(error).__name__}: {error}".strip())
                self._stop.wait(1.0)


def _whole(positions: Mapping[str, int], each: Loaded) -> int:
    """The position up to which all views of the rule's input are complete."""
    return min((positions.get(name, 0) for name in INPUTS[each.rule.input].views), default=0)
