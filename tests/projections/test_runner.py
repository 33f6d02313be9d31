"""The runner: one folds, a poison event stops its view alone, whatever dies nothing is lost or done twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from psycopg.errors import DeadlockDetected

from projections import following, lanes
from projections.audit import audit
from projections.base import View
from projections.catalogue import VIEWS
from projections.feed import Feed
from projections.runner import Runner, resume, run_until
from projections.status import ViewStatus, position, status
from tests.ledger.given import Event
from tests.ledger.stories import funded, lent, market
from tests.projections.book import Book, see, seen, view

PARTIES = [Event("party.registered", {"party": f"Z{n}", "kind": "person"}) for n in range(20)]


@pytest.fixture
def told(book: Book) -> Book:
    book.tell([*market(), *PARTIES])
    return book


def test_a_poison_event_parks_its_view_alone_and_exactly(told: Book) -> None:
    poisoned = view("poisoned", _refuse(13))
    healthy = view("healthy", see)
    found = run_until(told.dsn, views=[poisoned, healthy])
    assert [each.state for each in found] == ["parked", "live"]
    assert found[0].position == 12
    assert found[0].error == "position 13, party.registered platform:huizhong/e13: ValueError: 13 is poison"
    assert seen(told.dsn, "poisoned") == list(range(1, 13))
    assert seen(told.dsn, "healthy") == list(range(1, 28))
    assert not found[0].is_well
    assert found[0].lag_events == 15
    assert found[0].lag_seconds > 0


def test_a_parked_view_stays_parked_until_resumed(told: Book) -> None:
    run_until(told.dsn, views=[view("toy", _refuse(13))])
    mended = view("toy", see)
    assert run_until(told.dsn, views=[mended])[0].state == "parked"
    with Runner(told.dsn, [mended]), told.connect() as connection:
        assert resume(connection, "toy")
        assert not resume(connection, "toy")
        _wait(lambda: _status(told.dsn, mended).position == 27)
    assert _status(told.dsn, mended).error is None
    assert seen(told.dsn, "toy") == list(range(1, 28))


def test_an_event_that_cannot_be_decoded_stops_those_who_want_its_type(told: Book) -> None:
    with psycopg.connect(
        told.dsn
    ) as connection:  # no event of ours ends so; a program too old for its log would see it
        connection.execute("GRANT UPDATE ON events TO CURRENT_USER")  # the owner has given even that away
        connection.execute("ALTER TABLE events DISABLE TRIGGER events_append_only")
        connection.execute("""UPDATE events SET body = '{"type":"party.registered","time":1}' WHERE position = 9""")
    wants = view("wants", see, types=frozenset({"party.registered"}))
    minds_not = view("minds_not", see, types=frozenset({"platform.registered"}))
    found = run_until(told.dsn, views=[wants, minds_not])
    assert [(each.state, each.position) for each in found] == [("parked", 8), ("live", 27)]
    assert found[0].error is not None
    assert found[0].error.startswith("position 9, event that can't be decoded: ")
    assert seen(told.dsn, "wants") == list(range(3, 9))


def test_events_of_unknown_types_are_passed_over(told: Book) -> None:
    with psycopg.connect(told.dsn) as connection:
        connection.execute(
            "INSERT INTO events SELECT 27 + n, 'elsewhere', n::text, 'some.other', now(), now(), '{}', NULL, '', '',"
            " '{}'"
            " FROM generate_series(1, 50) AS n"
        )
    found = run_until(told.dsn, views=[view("toy", see)], batch_events=10)
    assert (found[0].state, found[0].position) == ("live", 77)


def test_what_is_transient_is_tried_again(told: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_RETRY_SECONDS", (0.01, 0.01))
    failures = iter(range(3))

    def sometimes(cursor: Any, events: Any) -> None:
        if next(failures, None) is not None:
            raise DeadlockDetected("not now")
        see(cursor, events)

    found = run_until(told.dsn, views=[view("toy", sometimes), view("other", see)])
    assert [(each.state, each.position) for each in found] == [("live", 27)] * 2
    assert seen(told.dsn, "toy") == list(range(1, 28))


def test_a_lost_connection_is_made_anew(told: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_RETRY_SECONDS", (0.01,))
    toy = view("toy", see)
    with Runner(told.dsn, [toy]):
        _wait(lambda: _status(told.dsn, toy).position == 27)
        with psycopg.connect(told.dsn, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'crowdledger views' AND datname = current_database()"
            )
        told.tell([Event("party.registered", {"party": "late", "kind": "person"})])
        _wait(lambda: _status(told.dsn, toy).position == 28)
    assert seen(told.dsn, "toy") == list(range(1, 29))


def test_two_runners_are_harmless(told: Book) -> None:
    folded: list[int] = []

    def count(cursor: Any, events: Any) -> None:
        folded.extend(event.position for event in events)
        see(cursor, events)

    toy = view("toy", count)
    with Runner(told.dsn, [toy], batch_events=3), Runner(told.dsn, [toy], batch_events=3):
        for number in range(20):
            told.tell([Event("party.registered", {"party": f"more{number}", "kind": "person"})])
        _wait(lambda: _status(told.dsn, toy).position == 47)
    assert seen(told.dsn, "toy") == list(range(1, 48))
    assert folded == list(range(1, 48)), "the lock lets only one of them work"


def test_the_second_runner_takes_over(told: Book) -> None:
    toy = view("toy", see)
    first, second = Runner(told.dsn, [toy]), Runner(told.dsn, [toy])
    first.start()
    _wait(lambda: _status(told.dsn, toy).position == 27)
    second.start()
    first.stop()
    told.tell([Event("party.registered", {"party": "late", "kind": "person"})])
    _wait(lambda: _status(told.dsn, toy).position == 28)
    second.stop()


def test_without_the_lock_the_cursor_still_guards(told: Book) -> None:
    """Should two fold after all: the second sees that the view moved, and folds nothing twice."""
    toy = view("toy", see)
    run_until(told.dsn, position=0, views=[toy], batch_events=5)
    with told.connect() as one, told.connect() as other:
        first, second = following.Follower(toy), following.Follower(toy)
        first.load(one)
        second.load(other)
        told.tell([Event("party.registered", {"party": "late", "kind": "person"})])
        batch = Feed().after(one, first.position)
        assert batch is not None
        assert first.follow(one, batch)
        assert not second.follow(other, batch)
        assert second.position == first.position


def test_a_follower_waits_for_the_one_at_work(told: Book) -> None:
    with told.connect() as connection:
        connection.execute("SELECT pg_advisory_lock(7205760, hashtext('toy'))")
        with pytest.raises(TimeoutError, match="toy at 0"):
            run_until(told.dsn, views=[view("toy", see)], timeout_seconds=0.2)


def test_the_status_of_a_view_that_nobody_made(told: Book) -> None:
    with psycopg.connect(told.dsn) as connection:
        (found,) = status(connection, [view("toy", see)])
        assert (found.state, found.position, found.is_well) == ("absent", 0, False)
        assert position(connection, "toy") == 0


def test_views_follow_within_a_moment(book: Book) -> None:
    with Runner(book.dsn):
        book.tell(funded())
        begun = time.monotonic()
        _wait(lambda: all(each.position == 10 for each in _all(book.dsn)), 10)
        assert time.monotonic() - begun < 5
    assert all(each.lag_seconds == 0 for each in _all(book.dsn))


WORKER = """
import sys
from projections.runner import Runner
runner = Runner(sys.argv[1], batch_events=7)
runner.start()
print("started", flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_a_killed_worker_leaves_no_trace(book: Book) -> None:
    """kill -9 at random moments, mostly in the middle of a batch: the views end as if nothing had happened."""
    seed = Random().randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - shown where the test fails
    rng = Random(seed)
    for number in range(12):
        book.tell([*lent()], f"s{number}")
    deadline = time.monotonic() + 60
    kills = 0
    while any(each.position < 12 * 13 for each in _all(book.dsn)) and time.monotonic() < deadline:
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, book.dsn], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path.cwd()
        )
        assert worker.stdout is not None
        worker.stdout.readline()
        time.sleep(rng.uniform(0.02, 0.25))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        worker.stdout.close()
        assert worker.stdin is not None
        worker.stdin.close()
        kills += 1
    assert kills > 0
    assert {each.state for each in book.follow()} == {"live"}
    assert [audit(book.dsn, each) for each in VIEWS.values()] == [[] for _ in VIEWS]


def _refuse(poison: int) -> Callable[[Any, Any], None]:
    def apply(cursor: Any, events: Any) -> None:
        see(cursor, events)
        if any(event.position == poison for event in events):
            raise ValueError(f"{poison} is poison")

    return apply


def _status(dsn: str, one: View) -> ViewStatus:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return status(connection, [one])[0]


def _all(dsn: str) -> list[ViewStatus]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return status(connection)


def _wait(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)
