"""Entities as of two times: held against the states that decisions wrote, now and at every earlier moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.states.base import State
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.loans import Loan
from ledger.store import reading
from projections import asof
from tests.ledger.given import Event
from tests.ledger.stories import bid
from tests.projections import lateness
from tests.projections.book import Book

_scopes = count(1)
patient = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def connection(book: Book) -> Iterator[Any]:
    with book.connect() as connection:
        yield connection


def states(connection: Any, scope: str) -> dict[str, State]:
    """The states of campaigns, pledges and loans that decisions wrote."""
    rows = connection.execute(
        "SELECT key FROM boundary_states WHERE key ~ ('^(campaign|pledge|loan):' || %s || '/')", [scope]
    )
    found = reading.states(connection, [key for (key,) in rows.fetchall()])
    connection.rollback()
    return {key: shown(state) for key, state in found.items() if isinstance(state, Campaign | Pledge | Loan)}


def shown(state: State) -> State:
    """Of a loan, what an answer shows: who bore a loss, and bids after they became claims, are for decisions alone."""
    return replace(state, bids={}, losers={}, last_holders={}) if isinstance(state, Loan) else state


def folded(connection: Any, keys: list[str], times: asof.Times) -> dict[str, State]:
    found = {key: asof.state(connection, key, times) for key in keys}
    connection.rollback()
    return {key: shown(state) for key, state in found.items() if state is not None}


def replayed(book: Book, connection: Any, story: list[Event], events: list[Event], at: datetime) -> list[str]:
    """What a second ledger says that was never told more than these events."""
    scope = f"q{next(_scopes)}"
    lateness.open_book(book, scope, story)
    for number, event in enumerate(events, 1):
        book.tell([event.called(lateness.name(scope, number, event))], scope, attempt=True)
    head = reading.head(connection).position
    keys = [f"campaign:{scope}/C", f"loan:{scope}/L", *(f"pledge:{scope}/P{n}" for n in (1, 2, 3))]
    asked = asof.Times(None, head), asof.Times(at, head)
    return [repr(folded(connection, keys, times)).replace(f"{scope}/", "") for times in asked]


# A bid that was withdrawn before it was placed, by the times that were told: it never counted.
WITHDRAWN = [bid("b1", 5).at(lateness.MOMENTS[2]), Event("bid.withdrawn", {"bid": "b1"}).at(lateness.MOMENTS[0])]


@patient
@given(lateness.books, st.sampled_from(lateness.MOMENTS))
@example((lateness.LISTED, WITHDRAWN), lateness.MOMENTS[1])
def test_then_is_as_it_was_told_then(
    book: Book, connection: Any, told: tuple[list[Event], list[Event]], at: str
) -> None:
    """At every position: the fold of all there is equals the states; and later, asked for then, it says the same."""
    story, events = told
    scope, moment = f"p{next(_scopes)}", datetime.fromisoformat(at)
    before: list[tuple[int, dict[str, State], dict[str, State]]] = []
    lateness.open_book(book, scope, story)
    keys = [f"campaign:{scope}/C", f"loan:{scope}/L", *(f"pledge:{scope}/P{n}" for n in (1, 2, 3))]
    for number, event in enumerate(events, 1):
        book.tell([event.called(lateness.name(scope, number, event))], scope, attempt=True)
        head = reading.head(connection).position
        now = states(connection, scope)
        assert folded(connection, keys, asof.Times(None, head)) == now
        before.append((head, now, folded(connection, keys, asof.Times(moment, head))))
    for head, then, partly in before:
        assert folded(connection, keys, asof.Times(None, head)) == then
        assert folded(connection, keys, asof.Times(moment, head)) == partly
    cut = len(events) // 2
    second = replayed(book, connection, story, events[:cut], moment)
    head = before[cut - 1][0]
    for found, times in zip(second, (asof.Times(None, head), asof.Times(moment, head)), strict=True):
        assert found == repr(folded(connection, keys, times)).replace(f"{scope}/", "")
