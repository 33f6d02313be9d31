"""While views are switched under their readers: each statement sees a whole view, each snapshot one moment."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest

from projections import schemas
from projections.rebuild import rebuild
from projections.runner import run_until
from projections.snapshots import snapshot
from tests.ledger.given import Event
from tests.ledger.stories import market
from tests.projections.book import Book, see, view

PARTIES = [Event("party.registered", {"party": f"Z{n}", "kind": "person"}) for n in range(300)]
TOY = view("toy", see, create="CREATE TABLE seen (position bigint PRIMARY KEY, id text); CREATE TABLE sum (n bigint)")


def _see_and_sum(cursor: Any, events: Any) -> None:
    see(cursor, events)
    cursor.execute("INSERT INTO sum VALUES (%s)", [len(events)])


TOY.apply = _see_and_sum


@pytest.fixture
def told(book: Book) -> Book:
    book.tell([*market(), *PARTIES])
    run_until(book.dsn, views=[TOY])
    return book


def test_readers_never_see_half_a_view(told: Book) -> None:
    stop, wrong, reads = threading.Event(), [], [0]

    def read() -> None:
        with psycopg.connect(told.dsn, autocommit=True) as connection:
            while not stop.is_set():
                row = connection.execute(
                    "SELECT (SELECT count(*) FROM view_toy.seen), (SELECT sum(n) FROM view_toy.sum)"
                ).fetchone()
                reads[0] += 1
                if row != (307, 307):
                    wrong.append(row)

    def read_twice() -> None:
        with psycopg.connect(told.dsn, autocommit=True) as connection:
            while not stop.is_set():
                with snapshot(connection, "toy") as position:
                    rows = connection.execute("SELECT count(*) FROM view_toy.seen").fetchone()
                    sums = connection.execute("SELECT sum(n) FROM view_toy.sum").fetchone()
                reads[0] += 1
                if not rows == sums == (307,) or position != 307:
                    wrong.append((rows, sums, position))

    readers = [threading.Thread(target=each) for each in (read, read, read_twice, read_twice)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(5):
            rebuild(told.dsn, [TOY], batch_events=50)
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert wrong == []
    assert reads[0] > 20


def test_a_snapshot_holds_the_switch_off(told: Book) -> None:
    with psycopg.connect(told.dsn, autocommit=True) as reader:
        done = threading.Thread(target=rebuild, args=(told.dsn, [TOY]))
        with snapshot(reader, "toy"):
            before = _oid(reader)
            done.start()
            done.join(1.0)
            assert done.is_alive()
            assert _oid(reader) == before
        done.join(30)
        assert not done.is_alive()
        assert _oid(reader) != before


def test_a_snapshot_is_read_only_and_of_one_moment(told: Book) -> None:
    with psycopg.connect(told.dsn, autocommit=True) as reader, psycopg.connect(told.dsn) as other:
        with snapshot(reader, "toy") as position:
            told.tell([Event("party.registered", {"party": "late", "kind": "person"})])
            run_until(told.dsn, views=[TOY])
            assert reader.execute("SELECT max(position) FROM view_toy.seen").fetchone() == (position,) == (307,)
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), reader.transaction():
                reader.execute("DELETE FROM view_toy.seen")
        assert reader.execute("SELECT max(position) FROM view_toy.seen").fetchone() == (308,)
        assert reader.read_only is None
        with pytest.raises(LookupError, match="no view nonesuch yet"), snapshot(reader, "nonesuch"):
            pass
        other.execute("SELECT 1")
        with pytest.raises(ValueError, match="without a transaction"), snapshot(other, "toy"):
            pass


def test_ensuring_twice_at_once_makes_views_once(book: Book) -> None:
    made: list[list[str]] = []
    threads = [threading.Thread(target=lambda: made.append(schemas.prepare(book.dsn))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, made)) == [False, False, True]


def _oid(connection: psycopg.Connection[Any]) -> Any:
    return connection.execute("SELECT 'view_toy.seen'::regclass::oid").fetchone()
