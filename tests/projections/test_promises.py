"""Views of promises that end together: any history, in any order and any batches, gives what the states say."""

from __future__ import annotations

from random import Random

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.catalogue import VIEWS
from projections.rebuild import rebuild
from tests.ledger.decisions import test_promises as promises
from tests.ledger.given import Event
from tests.ledger.stories import correct
from tests.projections.book import Book
from tests.projections.oracle import disagreements

ALL = list(VIEWS.values())


class _Scopes:
    made = 0


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    drawn=st.lists(st.tuples(promises.days, promises.facts), min_size=8, max_size=40),
    order=st.randoms(use_true_random=False),
    batch=st.integers(1, 20),
)
def test_whatever_ends_promises(book: Book, drawn: list[tuple[int, Event]], order: Random, batch: int) -> None:
    events = promises.history(drawn)
    events += [correct(order.choice(events).id, id=f"undo-{n}") for n in range(4) if events]
    order.shuffle(events)
    _Scopes.made += 1
    scope = f"s{_Scopes.made}"
    book.tell([event._replace(id=f"b{n}-{scope}") for n, event in enumerate(promises.OPEN)], scope)
    for start in range(0, len(events), 5):  # followed in between: what was told late meets rows that are there
        part = [
            each.called(f"{each.id}-{scope}") if each.source == "system" else each for each in events[start : start + 5]
        ]
        book.tell(part, scope, attempt=True)
        book.follow(batch_events=batch)
    with psycopg.connect(book.dsn) as connection:
        assert disagreements(connection) == []
    before = book.dump()
    rebuild(book.dsn, ALL, batch_events=batch)
    assert book.dump() == before


def _named(event: Event, scope: str) -> Event:
    """The system is one source for all scopes, so its ids tell them apart."""
    return event.called(f"{event.id}-{scope}") if event.source == "system" else event
