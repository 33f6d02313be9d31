"""Two evaluators in two processes, killed at random while late and corrected events come in.

No run is lost, none is doubled, there is one open alert per key, and the alerts are those that an evaluator which
nobody disturbed would have raised: every run is made once more, in order, at its own cutoff.

`CROWDLEDGER_KILL_SECONDS=600 pytest tests/risk/test_killed.py -m slow` does it for ten minutes.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledger.states.alerts import AlertKey, rank
from ledger.store import reading
from ops.due import due_times
from ops.near import Near
from ops.scheduler import Scheduler
from ops.simulator import market
from projections import alerts
from projections.runner import Runner
from risk import runs
from risk.document import Loaded
from risk.kept import recall
from tests.risk.conftest import LAST, Monitor
from tests.risk.evaluating import Fast, Nursery, rules
from tests.risk.test_near import corrections, shuffled

SECONDS = float(os.environ.get("CROWDLEDGER_KILL_SECONDS", "40"))
SETTLE_SECONDS = 120.0
DAYS = min(60.0, SECONDS / 2)  # of the market, played in that time


@pytest.mark.slow
def test_evaluators_that_are_killed_lose_nothing_and_double_nothing(
    database_url: str, seed: int, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(seed)
    monitor = Monitor(database_url)
    before, live = told(chance)
    monitor.book.submit(before)
    monitor.book.follow()
    clock = Fast(
        time.time(), datetime.combine(LAST, datetime.min.time(), UTC) - timedelta(days=DAYS - 1), DAYS * 86400 / SECONDS
    )
    over = threading.Event()
    answers: Counter[str] = Counter()
    reporting = threading.Thread(target=report, args=(monitor, live, clock, over, answers))
    with Runner(database_url):
        reporting.start()
        kills = murder(database_url, clock, chance, over)
        reporting.join()
    monitor.book.follow()
    end = clock()
    settle(monitor, Fast(time.time(), end, 0.0))
    found = check(monitor, end)
    record_property("killed", f"seed {seed}: {SECONDS:.0f} s, {kills} kills, {dict(answers)}, {found}")
    assert kills > SECONDS / 8
    monitor.close()


def settle(monitor: Monitor, clock: Fast) -> None:
    """What is still due when all are dead, by one that lives."""
    last = Scheduler(monitor.dsn, monitor.submit, rules=rules(), now=clock)
    near = Near(monitor.dsn, monitor.submit, rules(), now=clock)
    last.tick()
    monitor.book.follow()
    deadline = time.monotonic() + SETTLE_SECONDS
    while near.look(monitor.connection) or last.tick() or _held(monitor):
        assert time.monotonic() < deadline, "what the dead began is taken up"
        monitor.book.follow()


def _held(monitor: Monitor) -> bool:
    """Whether a run is still the dead one's: PostgreSQL ends the statement of a killed process only in its own time."""
    left = monitor.connection.execute("SELECT count(*) FROM rule_runs WHERE status = 'running'").fetchone()
    time.sleep(0.1)
    return left is not None and left[0] > 0


def told(chance: random.Random) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What is known before, and what is reported while evaluators die: some of it late, some taken back."""
    events = [delivery.event for delivery in market.build(chance.randrange(2**31), LAST, scale=0.02).deliveries]
    first = (datetime.combine(LAST, datetime.min.time(), UTC) - timedelta(days=DAYS - 1)).isoformat()
    cut = next(n for n, each in enumerate(events) if each["time"] >= first)
    return events[:cut], shuffled(chance, events[cut:])


def report(
    monitor: Monitor, live: Sequence[dict[str, Any]], clock: Fast, over: threading.Event, answers: Counter[str]
) -> None:
    """Send the events as their time comes, in small pieces."""
    chance = random.Random(len(live))
    pieces = max(1, len(live) // int(SECONDS * 4))
    for start_at in range(0, len(live), pieces):
        piece = list(live[start_at : start_at + pieces])
        if chance.random() < 0.2:
            piece += corrections(chance, piece)
        answers.update(answer.status for answer in monitor.book.submit(piece))
        if over.wait(max(0.0, clock.began + SECONDS * start_at / len(live) - time.time())):
            continue


def murder(dsn: str, clock: Fast, chance: random.Random, over: threading.Event) -> int:
    """Kill one of two evaluators, again and again, and start it anew."""
    kills = 0
    with Nursery(dsn, clock) as nursery:
        processes = [nursery.start(), nursery.start()]
        while time.time() < clock.began + SECONDS:
            time.sleep(chance.uniform(0.2, 3.0))
            doomed = chance.randrange(2)
            os.kill(processes[doomed], signal.SIGKILL)
            kills += 1
            processes[doomed] = nursery.start()
        for process in processes:
            os.kill(process, signal.SIGKILL)
    over.set()
    return kills


def check(monitor: Monitor, end: datetime) -> str:
    """What holds of the runs and of the alerts; a line about it."""
    query = "SELECT number, rule, kind, status, due_at, since, cutoff FROM rule_runs ORDER BY number"
    rows = monitor.connection.execute(query).fetchall()
    assert {row[3] for row in rows} == {"done"}
    for each in rules():
        own = [row for row in rows if row[1] == each.rule.id]
        due = [row[4] for row in own if row[2] == "scheduled"]
        assert sorted(due) == all_due(each, min(due), end), "none lost, none doubled"
        chain = sorted((row[5], row[6]) for row in own if row[2] == "near")
        assert [begin for begin, _ in chain][1:] == [stop for _, stop in chain][:-1], "each begins where one ended"
    expected = undisturbed(monitor, [row[0] for row in rows])
    states = reading.states(monitor.connection, sorted(expected))
    actual = {key: (state.severity, set(state.seen)) for key, state in states.items() if isinstance(state, AlertKey)}
    assert actual == expected
    page = alerts.page(monitor.connection, alerts.Filters(), limit=100_000)
    assert sorted(alert.matter for alert in page) == sorted({alert.matter for alert in page}), "one open alert per key"
    assert len(page) == len(expected)
    kinds = Counter(row[2] for row in rows)
    return f"{kinds['scheduled']} scheduled and {kinds['near']} near runs, {len(page)} alerts"


def all_due(each: Loaded, first: datetime, end: datetime) -> list[datetime]:
    """Every due time from `first` to `end`, however many; `due_times` gives the newest 31 alone."""
    found = [first]
    while found[-1] < end and (more := due_times(each, found[-1], min(end, found[-1] + timedelta(days=20)))):
        found += more
    return found


def undisturbed(monitor: Monitor, numbers: Sequence[int]) -> dict[str, tuple[str, set[int]]]:
    """Alert key -> severity and evidence, where every run is made once, in order; each is hash-equal to what was."""
    found: dict[str, tuple[str, set[int]]] = {}
    for number in numbers:
        past = recall(monitor.connection, number)
        again = runs.answer(monitor.connection, past.loaded, past.compiled, past.plan, past.params)
        assert again.hash == past.result_hash, number
        for each in again.findings:
            severity, seen = found.get(each.alert_key, ("info", set()))
            found[each.alert_key] = max(severity, each.severity, key=rank), seen | set(each.evidence)
    return found
