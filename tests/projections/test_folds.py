"""What views say of a log: held against the states that decisions read, for every type and every correction."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from ledger.events import catalogue
from ops.simulator import market as simulated
from projections.catalogue import VIEWS
from tests.ledger.decisions.test_corrections import UNDONE
from tests.ledger.stories import correct, undo
from tests.projections.book import Book
from tests.projections.oracle import disagreements


@pytest.fixture(scope="module")
def market() -> list[dict[str, object]]:
    built = simulated.build(11, date(2026, 6, 30), days=21, scale=0.2)
    return [delivery.event for delivery in built.deliveries]


def test_views_of_a_market_agree_with_its_states(book: Book, market: list[dict[str, object]]) -> None:
    answers = book.submit(market)
    assert sum(answer.status == "accepted" for answer in answers) > 1_000
    statuses = book.follow()
    assert {status.state for status in statuses} == {"live"}, [status.error for status in statuses if status.error]
    assert len({status.position for status in statuses}) == 1
    with psycopg.connect(book.dsn) as connection:
        assert disagreements(connection) == []


def test_every_correction_is_followed(book: Book) -> None:
    """Each event that can be taken back, taken back: in a batch of its own, and in the batch of the event itself."""
    for number, (kind, (story, event)) in enumerate(sorted(UNDONE.items())):
        for at_once in (True, False):
            scope = f"p{number}-{'once' if at_once else 'later'}"
            book.tell(story, scope)
            book.tell([event.called(f"wrong-{scope}")], scope)
            if not at_once:
                book.follow()
            source = event.source if event.source == "registry" else f"platform:{scope}"
            answers = book.tell(undo(f"wrong-{scope}", source), scope)
            assert answers[-1].status == "accepted", kind
    statuses = book.follow()
    assert all(status.state == "live" for status in statuses), [status.error for status in statuses if status.error]
    with psycopg.connect(book.dsn) as connection:
        assert disagreements(connection) == []


def test_what_was_taken_back_can_be_said_anew(book: Book) -> None:
    story, event = UNDONE["pledge.made"]
    book.tell([*story, event.called("first")])
    book.tell([correct("first")])
    book.tell([event.but(amount=77)])
    book.follow()
    with psycopg.connect(book.dsn) as connection:
        rows = connection.execute("SELECT status, amount FROM view_pledges.pledges ORDER BY made_position").fetchall()
        assert rows == [("corrected", event.data["amount"]), ("pledged", 77)]
        assert disagreements(connection) == []


def test_every_type_is_wanted_by_some_view() -> None:
    wanted = {kind for view in VIEWS.values() if view.TYPES is not None for kind in view.TYPES}
    unwanted = {kind for kind in catalogue.TYPES if kind not in wanted}
    # These are taken by views that want all; or are nobody's list (cases, sanctions: read from the log).
    assert not {
        kind
        for kind in unwanted
        if not kind.startswith(("platform.", "custody.", "case.", "sanction.", "correction.", "vault.", "party.era"))
    }
    assert all(view.TYPES is None or catalogue.TYPES.keys() >= view.TYPES for view in VIEWS.values())
