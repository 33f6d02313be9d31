"""Custody by day: what is compared, what explains a difference, and that the monitor's input says the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from projections import reconciliation
from projections.base import day_of
from projections.snapshots import snapshot
from risk import inputs
from tests.ledger.given import Event
from tests.ledger.stories import correct, deposit, market
from tests.projections.book import Book

DAY = timedelta(days=1)
FIRST = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def connection(book: Book) -> Iterator[psycopg.Connection[Any]]:
    with book.connect() as connection:
        yield connection


def held(balance: int, as_of: str, account: str = "main", currency: str = "CNY") -> Event:
    data = {"account": account, "balance": balance, "currency": currency, "as_of": as_of}
    return Event("custody.reported", data, time="2026-04-20T10:00:00+08:00")


def days(book: Book, connection: psycopg.Connection[Any], **asked: Any) -> list[reconciliation.Reconciled]:
    book.follow()
    connection.rollback()
    with snapshot(connection, "platforms"):
        return reconciliation.days(connection, "huizhong", **asked)


def test_all_accounts_together_against_the_books(book: Book, connection: Any) -> None:
    book.tell([*market(), deposit(100).at("2026-03-02T10:00:00+08:00")])
    book.tell([deposit(50, name="D2").at("2026-03-04T10:00:00+08:00")])
    book.tell([held(100, "2026-03-02"), held(90, "2026-03-04"), held(60, "2026-03-04", "second")])
    book.tell([held(55, "2026-03-03"), held(100, "2026-03-03").called("again")])
    found = days(book, connection)
    assert [(each.held.day, each.held.reported, each.held.derived) for each in found] == [
        (20_514, 100, 100), (20_515, 100, 100), (20_516, 150, 150),
    ]  # fmt: skip
    assert (found[2].held.accounts, found[2].held.balances) == (["main", "second"], [90, 60])
    book.tell([correct("again")])
    assert days(book, connection)[1].held.reported == 55


def test_an_account_without_a_statement_of_the_day_is_named(book: Book, connection: Any) -> None:
    book.tell([*market(), held(7, "2026-03-01", "old"), held(0, "2026-03-02"), held(0, "2026-04-10")])
    found = days(book, connection)
    assert [(each.held.accounts, each.held.stale, each.held.reported) for each in found] == [
        (["old"], [], 7), (["main", "old"], ["old"], 7), (["main"], ["main"][:0], 0),
    ]  # fmt: skip


def test_money_on_its_way_then_missing(book: Book, connection: Any) -> None:
    """The statement of the 3rd lacks what came at 23:50; so do those after, and then it is no matter of timing."""
    book.tell([*market(), deposit(100).at("2026-03-02T10:00:00+08:00")])
    book.tell([deposit(40, name="late").called("evening").at("2026-03-03T23:50:00+08:00")])
    book.tell([held(100, f"2026-03-{day:02}") for day in (2, 3, 9)])
    book.tell([held(140, "2026-03-10")])
    found = days(book, connection)
    assert [each.difference.kind for each in found] == ["agrees", "timing", "unknown", "agrees"]
    (position,) = found[1].difference.lines
    assert (position, found[2].difference.since_day) == (_position(connection, "evening"), day_of(datetime(2026, 3, 9)))  # noqa: DTZ001
    with snapshot(connection, "platforms"):
        account = reconciliation.account(connection, "huizhong", found[1].held.day, "CNY")
        assert account is not None
        assert [(line.id, line.amount) for line in account.lines] == [("evening", 40)]
        assert account.by_type == [reconciliation.ByType("deposit.received", 1, 40)]
        assert reconciliation.account(connection, "huizhong", found[1].held.day, "EUR") is None
        assert [name for name, _ in reconciliation.latest(connection)] == ["huizhong"]


def test_what_was_told_late_is_a_gap_only_for_who_asks_as_of_then(book: Book, connection: Any) -> None:
    book.tell([*market(), held(30, "2026-03-02")])
    (before,) = days(book, connection)
    assert (before.difference.kind, before.difference.rest) == ("unassigned", 30)
    known_at = _recorded_at(connection)
    book.tell([deposit(30).at("2026-03-02T10:00:00+08:00")])
    (after,) = days(book, connection)
    assert after.difference.kind == "agrees"
    (then,) = days(book, connection, known_at=known_at)
    assert then == before


def test_a_corrected_movement_is_gone_from_its_own_day(book: Book, connection: Any) -> None:
    book.tell([*market(), deposit(30).called("wrong").at("2026-03-02T10:00:00+08:00"), held(0, "2026-03-05")])
    assert days(book, connection)[0].difference.rest == -30
    book.tell([correct("wrong")])
    assert days(book, connection)[0].difference.kind == "agrees"


def test_the_monitors_input_says_the_same(book: Book, connection: Any, seed: int) -> None:
    """Two ways to count: the day's pages in Python, the rules' rows in SQL. They agree wherever nothing is carried."""
    chance = random.Random(seed)
    offsets = ("+08:00", "-11:00", "+14:00", "Z")
    story = [*market()]
    moved = []
    for number in range(120):
        at = FIRST + timedelta(minutes=chance.randrange(20 * 24 * 60))
        amount = chance.choice([5, 10, 20, chance.randrange(1, 1000)])
        local = _at_offset(at, chance.choice(offsets))
        story.append(deposit(amount, name=f"D{number}").called(f"d{number}").at(local))
        moved.append((at, amount))
    for number in range(20):
        as_of = FIRST + number * DAY + timedelta(hours=16)
        cut = as_of + timedelta(hours=chance.choice([0, 0, -2, 3, 30, -100]))
        balance = sum(amount for at, amount in moved if at <= cut) + chance.choice([0, 0, 0, 7])
        story.append(held(balance, (as_of + timedelta(hours=8) - DAY).date().isoformat()))
    story[-1] = held(1, story[-1].data["as_of"])
    book.tell(story)
    found = {each.held.day: each for each in days(book, connection)}
    for each in found.values():
        assert each.held.derived == sum(amount for at, amount in moved if at <= each.held.as_of)
    rows = _input_rows(connection, min(found), max(found))
    assert {row["day"] for row in rows} == {day for day, each in found.items() if each.difference.total}
    compared = 0
    carried = 0
    for day, each in found.items():
        of_day = [row for row in rows if row["day"] == day]
        if of_day and not carried:
            compared += 1
            assert {int(row["unsettled"]) for row in of_day} == {each.difference.timing}, each
            assert {int(row["reported"] - row["derived"]) for row in of_day} == {each.difference.total}
        carried = each.difference.rest
    assert compared > 3
    lines = {row["position"] for row in rows if row["line"] == "movement" and row["day"] == max(found)}
    with snapshot(connection, "platforms"):
        account = reconciliation.account(connection, "huizhong", max(found), "CNY", limit=1000)
    assert account is not None
    assert lines == {line.position for line in account.lines}


def _at_offset(at: datetime, offset: str) -> str:
    return at.astimezone(datetime.fromisoformat(f"2026-01-01T00:00:00{offset}").tzinfo).isoformat()


def _input_rows(connection: psycopg.Connection[Any], first_day: int, last_day: int) -> list[dict[str, Any]]:
    cursor = connection.execute(
        inputs.statement("v1.custody_line"), {"cutoff": 10**9, "first_day": first_day, "last_day": last_day}
    )
    assert cursor.description is not None
    assert [column.name for column in cursor.description] == list(inputs.INPUTS["v1.custody_line"].columns)
    return [dict(zip(inputs.INPUTS["v1.custody_line"].columns, row, strict=True)) for row in cursor]


def _position(connection: psycopg.Connection[Any], name: str) -> int:
    row = connection.execute("SELECT position FROM events WHERE id = %s", [name]).fetchone()
    assert row is not None
    return int(row[0])


def _recorded_at(connection: psycopg.Connection[Any]) -> datetime:
    row = connection.execute("SELECT max(recorded_at) FROM events").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment
