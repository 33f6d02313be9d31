"""The same stories through the real appender and its views: what it answers, keeps and shows is what memory says."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from ledger.accounts import Posting
from projections.audit import audit
from projections.catalogue import VIEWS
from projections.rebuild import rebuild
from tests.ledger.given import Event
from tests.ledger.machine.arrival import a_life
from tests.ledger.machine.chooser import BySeed
from tests.ledger.machine.histories import play
from tests.ledger.machine.memory import Told
from tests.ledger.machine.teller import Teller
from tests.ledger.stories import market
from tests.projections.book import Book
from tests.projections.oracle import disagreements

STORIES = 60 if os.environ.get("CI") else 12


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    book = Book(database_url)
    yield book
    book.close()


def cloud_event(event: Event) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": event.id, "source": event.source, "type": event.type, "time": event.time,
        "data": event.data,
    }  # fmt: skip


def test_the_store_does_what_memory_does(book: Book, seed: int) -> None:
    chooser = BySeed(seed)
    stories = [play(BySeed(f"{seed}/{n}"), name=f"-{n}") for n in range(STORIES)]
    for teller, ends in stories:
        _tell(book, teller, ends, chooser)
        if chooser.below(4) == 0:
            book.follow()
    with psycopg.connect(book.dsn) as connection:
        for teller, _ in stories:
            _compare(connection, teller)
    statuses = book.follow()
    assert {status.state for status in statuses} == {"live"}, [status.error for status in statuses if status.error]
    with psycopg.connect(book.dsn) as connection:
        assert disagreements(connection) == []
    live = book.dump()
    assert [difference for view in VIEWS.values() for difference in audit(book.dsn, view)] == []
    rebuild(book.dsn, list(VIEWS.values()))
    assert book.dump() == live


def test_what_waited_is_woken_by_valid_time(book: Book) -> None:
    """In one group and in many: what comes backwards waits for its campaign, and nothing of it is refused then."""
    for scope, size in (("one", 100), ("many", 2)):
        book.tell(market(), scope)
        backwards = a_life()[::-1]
        for start in range(0, len(backwards), size):
            group = [event.called(f"{scope}-{event.id}") for event in backwards[start : start + size]]
            assert {answer.status for answer in book.tell(group, scope, attempt=True)} <= {"parked", "accepted"}
    with psycopg.connect(book.dsn) as connection:
        assert (
            connection.execute("SELECT outcome FROM parked WHERE outcome IS DISTINCT FROM 'accepted'").fetchall() == []
        )
        assert connection.execute("SELECT code FROM refusals").fetchall() == []


def _tell(book: Book, teller: Teller, ends: list[Told], chooser: BySeed) -> None:
    """In groups of any size; each answer is the one that memory gave."""
    start = 0
    while start < len(teller.sent):
        size = 1 + chooser.below(20)
        events = teller.sent[start : start + size]
        answers = book.submit([cloud_event(event) for event in events], [event.asker for event in events])
        for event, answer, end in zip(events, answers, ends[start:], strict=False):
            assert (answer.status, answer.code) == (end.status, end.code), (event, answer, end)
        start += size


def _compare(connection: psycopg.Connection[Any], teller: Teller) -> None:
    """States, entries in the order of the log, and what still waits."""
    memory = teller.memory
    scopes = list(teller.scopes)
    rows = connection.execute(
        "SELECT key, state FROM boundary_states WHERE split_part(split_part(key, ':', 2), '/', 1) = ANY (%s)", [scopes]
    ).fetchall()
    ours = {key: text for key, text in memory.texts.items() if not key.startswith("correction:registry")}
    assert dict(rows) == ours
    log = connection.execute(
        "SELECT id, postings FROM events WHERE id LIKE %s ORDER BY position", [teller.told[0].id[:-1] + "%"]
    ).fetchall()
    entries = [(name, tuple(Posting(*line) for line in json.loads(lines or b"[]"))) for name, lines in log]
    assert entries == [(entry.candidate.id, entry.outcome.postings) for entry in memory.log]
