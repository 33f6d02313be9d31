"""How long from an event to its alert, near real time, while others report: the rules of every day, views and all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

import msgspec
import psycopg

from ledger.intake import Intake
from ledger.kernel import clock
from ledger.store.appender import Appender
from ops.bench import direct, workload
from ops.bench.copy_limit import SQL
from ops.bench.figures import Figure
from ops.bench.scratch import scratch_database
from ops.due import live
from ops.near import Near
from ops.scheduler import submitter
from ops.settings import Settings
from projections.runner import Runner, run_until
from risk import document

HISTORY: Final = 100_000  # events before
BURSTS: Final = 120  # alerts to be raised
RATE: Final = 200  # other events a second meanwhile
BURST: Final = 20  # pledges of one investor, which is what rule I17 asks for in a day
_PAUSE: Final = 0.5
_RULE: Final = "I17-pledge-velocity"


def measure(dsn: str, settings: Settings, say: Callable[[str], None], history: int = HISTORY) -> list[Figure]:
    """Seconds from the recording of an alert's last evidence to that of the alert, by the log's own times."""
    intake = Intake(settings.secret("identity"))
    with scratch_database(dsn) as scratch, Appender(scratch, settings.secret("vault")) as appender:
        say(f"filling a log of {history:,} events ...")
        for chunk in _chunks([*workload.setting(), *workload.pledges(history, "past")]):
            direct.ingest(appender, intake, chunk)
        run_until(scratch)
        near = Near(scratch, submitter(appender, intake), live(document.load_all()))
        with Runner(scratch):
            near.start()
            _wait_for_first_runs(scratch)
            _report(appender, intake)
            time.sleep(10)
            near.stop()
        with psycopg.connect(scratch) as connection:
            found = [float(row[0]) for row in connection.execute(SQL["latencies"], {"rule": _RULE}).fetchall()]
    if len(found) < BURSTS:
        raise RuntimeError(f"{BURSTS} alerts were to be raised within ten seconds, {len(found)} were.")
    found.sort()
    p99 = found[int(len(found) * 0.99)]
    say(f"{len(found)} alerts at {RATE} events/s: median {statistics.median(found):.2f} s, p99 {p99:.2f} s")
    return [Figure(f"event to alert at {RATE} events/s, p99", p99, 1.0, "s", 5, 1, higher_is_better=False)]


def _report(appender: Appender, intake: Intake) -> None:
    others = workload.pledges(RATE * BURSTS, "now")
    for number in range(BURSTS):
        started = time.monotonic()
        moment = clock.now()
        events = [*islice(others, int(RATE * _PAUSE)), *_burst(number)]
        sent = [intake.decode({**each, "time": moment.isoformat()}, None, moment) for each in events]
        appender.submit(sent).result()
        time.sleep(max(0.0, _PAUSE - (time.monotonic() - started)))


def _burst(number: int) -> Iterator[dict[str, Any]]:
    for n in range(BURST):
        data = {"pledge": f"burst-{number}-{n}", "campaign": "C-1", "investor": f"U-{number}", "amount": 1_000}
        yield {
            "specversion": "1.0", "id": f"burst-{number}-{n}", "source": workload.SOURCE, "type": "pledge.made",
            "data": {**data, "currency": "CNY"},
        }  # fmt: skip


def _wait_for_first_runs(dsn: str) -> None:
    """The first run of a chain looks at all that was there before; that is not what is measured."""
    deadline = time.monotonic() + 120
    rules = sum(each.rule.schedule.every is not None for each in live(document.load_all()))
    with psycopg.connect(dsn, autocommit=True) as connection:
        while time.monotonic() < deadline:
            row = connection.execute(SQL["near_rules"]).fetchone()
            if row is not None and row[0] >= rules:
                return
            time.sleep(0.2)
    raise RuntimeError(f"the {rules} near-real-time rules did not run within two minutes.")


def _chunks(events: list[dict[str, Any]]) -> Iterator[list[bytes]]:
    for start in range(0, len(events), 20_000):
        yield [msgspec.json.encode(each) for each in events[start : start + 20_000]]
