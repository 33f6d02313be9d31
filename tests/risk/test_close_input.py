"""The input `v1.close` over real views: what stood when a campaign was closed, as far as it was known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from projections.following import connect
from risk import inputs
from tests.ledger.given import Event
from tests.ledger.stories import campaign, closed, correct, market, on_pledge, pledge
from tests.projections.book import Book

BEFORE, AFTER = "2026-03-19T10:00:00+08:00", "2026-03-21T10:00:00+08:00"


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    book = Book(database_url)
    book.tell([*market(), campaign(), pledge("P", 900), pledge("Q", 50), on_pledge("cancelled", "Q").at(BEFORE)])
    yield book
    book.close()


def rows(book: Book, cutoff: int = 10**9) -> list[tuple[Any, ...]]:
    book.follow()
    with connect(book.dsn) as connection:
        found = connection.execute(
            inputs.statement("v1.close"), {"cutoff": cutoff, "first_day": 0, "last_day": 10**6}
        ).fetchall()
        names = ("campaign", "outcome", "goal", "pledged")
        places = [list(inputs.INPUTS["v1.close"].columns).index(name) for name in names]
    return [tuple(row[place] for place in places) for row in found]


def test_what_stood_at_the_close(book: Book) -> None:
    (answer,) = book.tell([closed()])
    own = "campaign:huizhong/C"
    assert rows(book) == [(own, "succeeded", 1000, 900)]
    book.tell([pledge("R", 200).at(BEFORE), on_pledge("cancelled", "P").at(AFTER)])
    assert rows(book) == [(own, "succeeded", 1000, 1100)], "told late, and cancelled only afterwards"
    assert answer.position is not None
    assert rows(book, answer.position) == [(own, "succeeded", 1000, 900)], "as it was known then"
    assert rows(book, answer.position - 1) == []


def test_a_close_that_was_taken_back_is_none(book: Book) -> None:
    book.tell([closed().called("close"), correct("close")])
    assert rows(book) == []


def test_lapsed_promises_did_not_stand(book: Book) -> None:
    changed, by = "2026-03-10T10:00:00+08:00", "2026-03-17T10:00:00+08:00"
    change = Event("campaign.amended", {"campaign": "C", "material": True, "goal": 800}, time=changed)
    book.tell([pledge("S", 70, investor="V"), change, on_pledge("reconfirmed", "S").at("2026-03-11T00:00:00Z")])
    lapse = {"platform": "huizhong", "campaign": "C", "amended_at": changed, "reconfirm_by": by}
    sent = {
        "specversion": "1.0", "id": "l", "source": "system", "type": "pledges.lapsed", "time": "2026-03-18T00:00:00Z",
        "data": {**lapse, "window": "x", "citation": "y"},
    }  # fmt: skip
    assert [answer.status for answer in book.submit([sent])] == ["accepted"]
    book.tell([closed()])
    assert rows(book) == [("campaign:huizhong/C", "succeeded", 800, 70)]
    with connect(book.dsn) as connection:
        asked = {"cutoff": 10**9, "first_day": 0, "last_day": 10**6}
        ((*_, pledged),) = connection.execute(inputs.statement("v1.raise"), asked).fetchall()
    assert pledged == 70
