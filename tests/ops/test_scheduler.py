"""The scheduler, tick by tick: when rules are due, once however many schedulers, caught up after an outage."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace

from ledger.candidate import Answer
from ops import metrics
from ops.due import CATCH_UP_MAX, due_times, live
from ops.scheduler import Scheduler
from projections.catalogue import VIEWS
from risk import document
from risk.compile import days_since_epoch
from risk.document import Loaded
from tests.projections.book import Book

RULES = document.load_all()
RULE = RULES["P11-silent-platform"]  # 02:50 in Shanghai, 18:50 UTC
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    """Says what it is told, and a microsecond later each time it is asked."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        self.moment += timedelta(microseconds=1)
        return self.moment


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    book = Book(database_url)
    book.follow()
    yield book
    book.close()


def scheduler(book: Book, clock: Clock, *rules: Loaded) -> Scheduler:
    return Scheduler(book.dsn, book.submit, rules=rules or [RULE], now=clock)


def rows(book: Book) -> list[tuple[Any, ...]]:
    with psycopg.connect(book.dsn) as connection:
        return connection.execute("SELECT rule, due_at, days, status FROM rule_runs ORDER BY due_at, rule").fetchall()


def figures(book: Book) -> tuple[Any, ...]:
    """What /metrics says of the monitor: age of the last beat, rules that failed."""
    with psycopg.connect(book.dsn) as connection:
        row = connection.execute(metrics.SQL["monitor"]).fetchone()
    assert row is not None
    return row


def at(day: int, hour: int = 18, minute: int = 50) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_rule_that_never_ran_is_due_once() -> None:
    assert due_times(RULE, None, NOON) == [at(21)]


def test_missed_times_are_due_oldest_first_and_bounded() -> None:
    assert due_times(RULE, at(19), NOON) == [at(20), at(21)]
    assert due_times(RULE, at(21), NOON) == []
    long_ago = due_times(RULE, NOON - timedelta(days=400), NOON)
    assert len(long_ago) == CATCH_UP_MAX
    assert long_ago[-1] == at(21)


def test_due_time_itself_counts() -> None:
    assert due_times(RULE, at(20), at(21)) == [at(21)]
    assert due_times(RULE, at(20), at(21) - timedelta(seconds=1)) == []


def test_zone_that_springs_forward_skips_no_day() -> None:
    schedule = replace(RULE.rule.schedule, cron="30 2 * * *", zone="Europe/Berlin")
    berlin = Loaded(replace(RULE.rule, schedule=schedule), RULE.hash, RULE.sql, RULE.name, RULE.plain)
    found = due_times(berlin, datetime(2026, 3, 27, 12, tzinfo=UTC), datetime(2026, 3, 31, 12, tzinfo=UTC))
    assert [moment.astimezone(UTC).date().day for moment in found] == [28, 29, 30, 31]


def test_zone_that_falls_back_runs_a_day_once() -> None:
    schedule = replace(RULE.rule.schedule, cron="30 2 * * *", zone="Europe/Berlin")
    berlin = Loaded(replace(RULE.rule, schedule=schedule), RULE.hash, RULE.sql, RULE.name, RULE.plain)
    found = due_times(berlin, datetime(2026, 10, 23, 12, tzinfo=UTC), datetime(2026, 10, 27, 12, tzinfo=UTC))
    assert [moment.astimezone(UTC).date().day for moment in found] == [24, 25, 26, 27], (
        "02:30 is there twice on the 25th"
    )


def test_clock_that_steps_back_runs_nothing_twice(book: Book) -> None:
    clock = Clock(NOON)
    watch = scheduler(book, clock)
    assert len(watch.tick()) == 1
    clock.moment = NOON - timedelta(days=3)
    assert watch.tick() == []
    clock.moment = NOON
    assert watch.tick() == []
    clock.moment = NOON + timedelta(days=1)
    assert len(watch.tick()) == 1
    assert [row[1] for row in rows(book)] == [at(21), at(22)]


def test_metrics_tell_how_late_a_rule_is(book: Book) -> None:
    scheduler(book, Clock(NOON)).tick()
    with psycopg.connect(book.dsn, autocommit=True) as connection:
        lags = {tuple(each.labels.values()): each.value for each in metrics._lags(connection).samples}
    assert lags[RULE.rule.id, "scheduled"] >= 0
    assert lags["I03-structuring", "scheduled"] == 0, "it never ran: nothing was missed"


def test_run_judges_the_day_before_in_the_rule_s_own_time(book: Book) -> None:
    (ran,) = scheduler(book, Clock(NOON)).tick()
    assert ran.rule == RULE.rule.id
    # 18:50 UTC on the 21st is the 22nd in Shanghai, so the 21st is judged.
    assert rows(book) == [(RULE.rule.id, at(21), [days_since_epoch(at(21).date())], "done")]


def test_tick_runs_what_is_due_once(book: Book) -> None:
    clock = Clock(NOON)
    first = scheduler(book, clock)
    assert len(first.tick()) == 1
    assert first.tick() == []
    clock.moment = at(24, 12)
    assert [ran.days for ran in first.tick()] == [1, 1]
    assert [row[1] for row in rows(book)] == [at(21), at(22), at(23)]


def test_two_schedulers_are_harmless(book: Book) -> None:
    rules = live(RULES)
    clock = Clock(NOON)
    scheduler(book, clock, *rules).tick()
    clock.moment = at(25, 12)
    barrier = threading.Barrier(2)
    done: list[Any] = []

    def one() -> None:
        mine = scheduler(book, Clock(at(25, 12)), *rules)
        barrier.wait()
        done.extend(mine.tick())

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 3 * len(rules)
    assert len(rows(book)) == 4 * len(rules)
    assert {row[3] for row in rows(book)} == {"done"}


def test_failed_rule_is_tried_again_and_stops_no_other(book: Book) -> None:
    broken = [True]

    def submit(events: Sequence[dict[str, Any]]) -> list[Answer]:
        if broken[0]:
            raise RuntimeError("no room on disk")
        return book.submit(events)

    told = [
        registry("platform.registered", platform="alpha", name="Alpha", kinds=["donation"], jurisdiction="CN"),
        registry("platform.licensed", platform="alpha", kinds=["donation"]),
        *(party(n, f"2026-10-{n:02d}T00:00:00Z") for n in range(1, 7)),
    ]
    assert {answer.status for answer in book.submit(told)} == {"accepted"}
    book.follow()
    watch = Scheduler(book.dsn, submit, rules=[RULE, RULES["I03-structuring"]], now=Clock(NOON))
    assert [ran.rule for ran in watch.tick()] == ["I03-structuring"]
    assert sorted(row[3] for row in rows(book)) == ["done", "failed"]
    assert figures(book) == (None, 1, 0)
    broken[0] = False
    (ran,) = watch.tick()
    assert (ran.rule, ran.raised) == (RULE.rule.id, 1)
    assert {row[3] for row in rows(book)} == {"done"}


def test_run_waits_for_views_that_are_behind_but_not_for_ever(book: Book) -> None:
    book.submit([registry("platform.registered", platform="alpha", name="A", kinds=["donation"], jurisdiction="CN")])
    with psycopg.connect(book.dsn) as connection:
        row = connection.execute("SELECT max(recorded_at) FROM events").fetchone()
    assert row is not None
    # Due after the event was recorded, which the views have not seen.
    soon = (row[0] + timedelta(minutes=2)).replace(second=0, microsecond=0)
    cron = f"{soon.minute} {soon.hour} * * *"
    schedule = replace(RULE.rule.schedule, cron=cron, zone="UTC")
    due = Loaded(replace(RULE.rule, schedule=schedule), RULE.hash, RULE.sql, RULE.name, RULE.plain)
    clock = Clock(soon + timedelta(minutes=1))
    watch = scheduler(book, clock, due)
    assert watch.tick() == []
    assert rows(book) == []
    clock.moment = soon + timedelta(hours=2)
    assert len(watch.tick()) == 1
    book.follow()
    clock.moment = soon + timedelta(days=1, minutes=1)
    assert len(watch.tick()) == 1


def test_rule_waits_for_views_that_are_being_built(database_url: str) -> None:
    watch = Scheduler(database_url, lambda _: [], rules=[RULE], now=Clock(at(21) + timedelta(minutes=5)))
    assert watch.tick() == []
    assert "platforms" in VIEWS


def test_running_scheduler_looks_at_once_and_shows_that_it_lives(book: Book) -> None:
    watch = Scheduler(book.dsn, book.submit, rules=[RULE]).start()
    try:
        deadline = time.monotonic() + 20
        beat = None
        while time.monotonic() < deadline and not (beat and rows(book)):
            time.sleep(0.05)
            beat = figures(book)[0]
    finally:
        watch.stop()
    assert [row[3] for row in rows(book)] == ["done"]
    assert beat is not None
    assert beat < 20
    assert figures(book) == (None, 0, 0), "who stops in good order is not missed"


def registry(kind: str, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": f"{kind}-{data.get('platform')}", "source": "registry", "type": kind,
        "time": "2026-09-01T00:00:00Z", "data": data,
    }  # fmt: skip


def party(number: int, moment: str) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": f"p{number}", "source": "platform:alpha", "type": "party.registered",
        "time": moment, "data": {"party": f"U-{number}", "kind": "person"},
    }  # fmt: skip
