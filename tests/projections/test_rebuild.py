"""A view is a function of the log: whatever the batches, however often it is built, beside or anew."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from datetime import date
from time import monotonic, sleep
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops.simulator import market as simulated
from projections import filling, schemas
from projections.audit import audit
from projections.catalogue import VIEWS
from projections.following import NEXT
from projections.rebuild import RebuildFailed, RebuildRunning, rebuild
from projections.runner import Runner, run_until
from projections.status import status
from tests.ledger.decisions import test_invariants as stories
from tests.ledger.decisions.test_corrections import UNDONE
from tests.ledger.given import Event
from tests.ledger.stories import campaign, loan, market, undo
from tests.projections.book import Book, see, seen, view
from tests.projections.oracle import disagreements

ALL = list(VIEWS.values())


@pytest.fixture
def told(book: Book) -> Book:
    """A book with a small market in it, and views that follow it."""
    built = simulated.build(5, date(2026, 6, 30), days=14, scale=0.05)
    book.submit([delivery.event for delivery in built.deliveries])
    book.follow()
    return book


@pytest.fixture
def small(book: Book) -> Book:
    """A book with a few events, and views that follow it."""
    book.tell([*market(), campaign(), loan()])
    book.follow()
    return book


def test_rebuilt_twice_is_the_same_bytes_and_equals_the_live_view(told: Book) -> None:
    live = told.dump()
    assert sum(map(len, live.values())) > 1_000
    first = rebuild(told.dsn, ALL)
    assert first.position == told.follow()[0].position
    assert first.differences == ()
    assert told.dump() == live
    rebuild(told.dsn, ALL)
    assert told.dump() == live


def test_the_size_of_batches_does_not_show(told: Book) -> None:
    live = told.dump()
    for batch_events in (17, 400):
        told.forget()
        told.follow(batch_events=batch_events)
        assert told.dump() == live


def test_one_event_at_a_time_is_no_different(book: Book) -> None:
    for kind in ("pledge.refunded", "claim.transferred", "loan.written_off", "platform.closed"):
        story, event = UNDONE[kind]
        book.tell([*story, event.called(f"wrong-{kind}")], kind)
        source = event.source if event.source == "registry" else f"platform:{kind}"
        book.tell(undo(f"wrong-{kind}", source), kind)
    book.follow()
    live = book.dump()
    book.forget()
    book.follow(batch_events=1)
    assert book.dump() == live


def test_processes_fold_what_threads_fold(told: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "PROCESSES_FROM_EVENTS", 1)
    before = told.dump()
    told.forget()
    schemas.prepare(told.dsn)
    heads = set()
    rebuild(told.dsn, ALL, lambda positions, head: heads.add((head, len(positions))))
    assert told.dump() == before
    assert len(heads) == 1


def test_a_process_that_dies_fails_the_rebuild(told: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "PROCESSES_FROM_EVENTS", 1)
    before = told.dump()
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*words: Any, **options: Any) -> Any:
        child = popen(*words, **options)
        if not started:
            child.kill()
        started.append(child)
        return child

    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(RebuildFailed, match="ended with code -9"):
        rebuild(told.dsn, ALL)
    assert all(child.poll() is not None for child in started)
    monkeypatch.undo()
    assert rebuild(told.dsn, ALL).differences == ()
    assert told.dump() == before


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_history_gives_the_states_figures(book: Book, data: st.DataObject) -> None:
    """Random events of campaigns and loans, with corrections, cut into random batches."""
    events = data.draw(st.lists(stories.campaigns | stories.amended | stories.loans | _correction, max_size=60))
    _Scopes.made += 1
    scope = f"s{_Scopes.made}"
    begin = [*market(), campaign(goal=20, cap=60, minimum=1), loan(amount=60)]
    book.tell([event._replace(id=f"b{n}-{scope}") for n, event in enumerate(begin)], scope)
    book.tell([event._replace(id=event.id or f"e{n}") for n, event in enumerate(events)], scope, attempt=True)
    book.follow(batch_events=data.draw(st.integers(1, 30)))
    with psycopg.connect(book.dsn) as connection:
        assert disagreements(connection) == []
    before = book.dump()
    rebuild(book.dsn, ALL, batch_events=data.draw(st.integers(1, 30)))
    assert book.dump() == before


class _Scopes:
    made = 0


_correction: st.SearchStrategy[Event] = st.builds(
    lambda n: Event("event.corrected", {"corrects": f"e{n}", "reason": "sent by mistake"}), st.integers(0, 59)
)


def test_a_new_version_is_built_beside_and_switched_in(small: Book) -> None:
    old = view("toy", see)
    run_until(small.dsn, views=[old])
    positions = seen(small.dsn, "toy")
    new = view("toy", _see_even, version=2)
    (outdated,) = run_until(small.dsn, views=[new])
    assert (outdated.state, outdated.version) == ("outdated", 1)
    with Runner(small.dsn, [new]):
        _wait(lambda: _status(small.dsn, new).version == 2)
    assert _status(small.dsn, new).state == "live"
    assert seen(small.dsn, "toy") == [position for position in positions if position % 2 == 0]
    assert _schemas(small.dsn, "view_toy%") == ["view_toy"]
    # The older program, still running somewhere, leaves the newer tables alone.
    (ahead,) = run_until(small.dsn, views=[old])
    assert ahead.state == "ahead"


def test_a_rebuild_that_fails_leaves_the_live_view(small: Book) -> None:
    run_until(small.dsn, views=[view("toy", see)])
    before = seen(small.dsn, "toy")
    with pytest.raises(RebuildFailed, match=r"position 8, .*no good"):
        rebuild(small.dsn, [view("toy", _refuse_eight, version=2)])
    assert seen(small.dsn, "toy") == before
    assert _schemas(small.dsn, "view_toy%") == ["view_toy"]
    assert _status(small.dsn, view("toy", see)).state == "live"


def test_a_rebuild_that_is_stopped_leaves_the_live_view(small: Book) -> None:
    run_until(small.dsn, views=[view("toy", see)])
    stop = threading.Event()
    stop.set()
    with pytest.raises(RebuildFailed, match="stopped"):
        rebuild(small.dsn, [view("toy", see)], stop=stop)
    assert _schemas(small.dsn, "view_toy%") == ["view_toy"]


def test_only_one_rebuilds_at_a_time(small: Book) -> None:
    with small.connect() as other:
        other.execute("SELECT pg_advisory_lock(7205760, hashtext('filings__next.rebuild'))")
        with pytest.raises(RebuildRunning, match="filings"):
            rebuild(small.dsn, [VIEWS["filings"]])


def test_what_a_killed_rebuild_left_is_thrown_away(small: Book) -> None:
    filings = VIEWS["filings"]
    with small.connect() as connection:
        schemas.create(connection, filings, "filings" + NEXT, "building")
        schemas.create(connection, filings, "filings" + schemas.OLD, "building")
    before = small.dump()
    rebuild(small.dsn, [filings])
    assert small.dump() == before
    assert _schemas(small.dsn, "view_filings%") == ["view_filings"]


def test_views_are_rebuilt_while_events_come_in(small: Book) -> None:
    stop, failures = threading.Event(), []

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            if small.tell(market()[:2], f"late{number}")[0].status != "accepted":
                failures.append(number)

    writer = threading.Thread(target=write)
    with Runner(small.dsn):
        writer.start()
        try:
            for _ in range(2):
                rebuild(small.dsn, ALL)
        finally:
            stop.set()
            writer.join()
        run_until(small.dsn)
    assert failures == []
    with psycopg.connect(small.dsn) as connection:
        assert disagreements(connection) == []
    assert all(audit(small.dsn, each) == [] for each in ALL)


def test_an_audit_finds_what_does_not_follow_from_the_log(told: Book) -> None:
    assert [audit(told.dsn, each) for each in ALL] == [[] for _ in ALL]
    with psycopg.connect(told.dsn) as connection:
        connection.execute("UPDATE view_pledges.pledges SET amount = amount + 1 WHERE made_position % 50 = 0")
        connection.execute("DELETE FROM view_pledges.steps WHERE position % 50 = 1")
    with psycopg.connect(told.dsn) as connection:
        assert disagreements(connection)
    found = audit(told.dsn, VIEWS["pledges"])
    assert [difference.table for difference in found] == ["pledges", "steps"]
    assert _schemas(told.dsn, "view_pledges%") == ["view_pledges"]
    # A rebuild says the same, and mends it.
    assert rebuild(told.dsn, [VIEWS["pledges"]]).differences == tuple(found)
    assert rebuild(told.dsn, [VIEWS["pledges"]]).differences == ()


def _see_even(cursor: Any, events: Any) -> None:
    see(cursor, [event for event in events if event.position % 2 == 0])


def _refuse_eight(cursor: Any, events: Any) -> None:
    if any(event.position == 8 for event in events):
        raise ValueError("no good")
    see(cursor, events)


def _status(dsn: str, one: Any) -> Any:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return status(connection, [one])[0]


def _schemas(dsn: str, pattern: str) -> list[str]:
    query = "SELECT nspname FROM pg_namespace WHERE nspname LIKE %s ORDER BY nspname"
    with psycopg.connect(dsn) as connection:
        return [name for (name,) in connection.execute(query, [pattern]).fetchall()]


def _wait(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = monotonic() + seconds
    while not holds():
        assert monotonic() < deadline, "it did not come about"
        sleep(0.05)
