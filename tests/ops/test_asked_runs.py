"""Runs that people ask for: one for two who ask at once, carried out once however many schedulers there are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace

from ops.scheduler import Scheduler
from risk import asked, document, kept
from risk.compile import days_since_epoch
from risk.document import Loaded, RuleError
from tests.projections.book import Book

RULES = document.load_all()
RULE = RULES["P11-silent-platform"]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    book = Book(database_url)
    book.follow()
    yield book
    book.close()


def ask(book: Book, by: str = "lin", at: datetime = NOON, rule: Loaded = RULE) -> int:
    with psycopg.connect(book.dsn, autocommit=True) as connection:
        # As the api's own connections are: what is asked after the wait must still see what the other committed.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        return asked.ask(connection, rule, by, lambda: at)


def scheduler(book: Book, rule: Loaded = RULE) -> Scheduler:
    return Scheduler(book.dsn, book.submit, rules=[rule], now=lambda: NOON)


def rows(book: Book) -> list[tuple[Any, ...]]:
    with psycopg.connect(book.dsn) as connection:
        query = "SELECT number, kind, status, asked_by, days FROM rule_runs ORDER BY number"
        return connection.execute(query).fetchall()


def test_what_is_asked_for_waits_and_is_carried_out_once(book: Book) -> None:
    number = ask(book)
    yesterday = days_since_epoch(datetime(2026, 11, 21, tzinfo=UTC).date())
    assert rows(book) == [(number, "manual", "waiting", "lin", [yesterday])]
    assert [ran.number for ran in scheduler(book).carry_out_asked()] == [number]
    assert rows(book) == [(number, "manual", "done", "lin", [yesterday])]
    assert scheduler(book).carry_out_asked() == []


def test_two_who_ask_at_once_are_shown_one_run(book: Book) -> None:
    found: list[int] = []
    start = threading.Barrier(6)

    def one(name: str) -> None:
        start.wait()
        found.append(ask(book, name))

    threads = [threading.Thread(target=one, args=(f"officer-{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    assert len(rows(book)) == 1


def test_double_click_after_a_quick_run_makes_no_second_one(book: Book) -> None:
    number = ask(book)
    scheduler(book).carry_out_asked()
    assert ask(book, at=NOON + timedelta(seconds=asked.AGAIN_SECONDS - 1)) == number
    later = ask(book, at=NOON + timedelta(seconds=asked.AGAIN_SECONDS + 1))
    assert later > number


def test_two_schedulers_carry_it_out_once(book: Book) -> None:
    ask(book)
    done: list[int] = []
    start = threading.Barrier(2)

    def one() -> None:
        start.wait()
        done.extend(ran.number for ran in scheduler(book).carry_out_asked())

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1


def test_it_does_not_stand_in_the_way_of_what_is_due(book: Book) -> None:
    ask(book)
    watch = scheduler(book)
    assert len(watch.tick()) == 1, "what is due is run, whatever was asked for"
    assert len(watch.carry_out_asked()) == 1
    assert [row[1:3] for row in rows(book)] == [("manual", "done"), ("scheduled", "done")]


def test_dead_process_leaves_it_to_the_next(book: Book) -> None:
    number = ask(book)
    with psycopg.connect(book.dsn, autocommit=True) as connection:
        connection.execute("UPDATE rule_runs SET status = 'running' WHERE number = %s", (number,))
    assert [ran.number for ran in scheduler(book).carry_out_asked()] == [number]


def test_failure_stands_in_its_row_and_is_not_tried_for_ever(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    number = ask(book)

    def broken(*_given: object, **_named: object) -> Any:
        raise RuntimeError("the statement is broken")

    with monkeypatch.context() as patched:
        patched.setattr("risk.runs.evaluate", broken)
        scheduler(book)._asked()
    with psycopg.connect(book.dsn, autocommit=True) as connection:
        row = kept.run_of(connection, RULE.rule.id, number)
    assert row is not None
    assert (row.status, row.error) == ("failed", "RuntimeError: the statement is broken")
    assert scheduler(book).carry_out_asked() == []


@pytest.mark.parametrize("maturity", ["draft", "retired", "shadow"])
def test_only_live_rules_are_run(book: Book, maturity: Any) -> None:
    with pytest.raises(RuleError, match="only a live rule"):
        ask(book, rule=replace(RULE, rule=replace(RULE.rule, maturity=maturity)))
    assert rows(book) == []


def test_rule_with_a_hop_judges_the_last_day_on_it() -> None:
    weekly = replace(RULE.rule, window=replace(RULE.rule.window, width="28d", hop="7d"))
    day = asked.newest_day(replace(RULE, rule=weekly), NOON)
    assert day % 7 == 0
    assert days_since_epoch(datetime(2026, 11, 21, tzinfo=UTC).date()) - 7 < day
