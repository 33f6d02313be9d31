"""What people had at stake: as of now equal to the present's own answer, and as of then to what was answered then."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.states.campaigns import Campaign
from ledger.states.loans import Loan
from ledger.store import reading
from projections import asof, balances, exposed, exposure
from projections.asof import Times
from projections.snapshots import snapshot
from tests.ledger.given import Event
from tests.projections import lateness
from tests.projections.book import Book

PEOPLE = ("U", "V", "W", "B", "I")
_scopes = count(1)
patient = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def connection(book: Book) -> Any:
    with book.connect() as connection:
        yield connection


def then(connection: Any, scope: str, times: Times) -> dict[str, exposed.Exposed]:
    with snapshot(connection, *exposed.VIEWS):
        return {who: exposed.exposed(connection, [f"party:{scope}/{who}"], times) for who in PEOPLE}


def play(book: Book, connection: Any, story: list[Event], events: list[Event], at: datetime) -> None:
    scope = f"p{next(_scopes)}"
    lateness.open_book(book, scope, story)
    before: list[tuple[int, dict[str, exposed.Exposed], dict[str, exposed.Exposed]]] = []
    for number, event in enumerate(events, 1):
        book.tell([event.called(lateness.name(scope, number, event))], scope, attempt=True)
        if number % 5 and number != len(events):
            continue
        head = book.follow()[0].position
        now = then(connection, scope, Times(None, head))
        for who, found in now.items():
            party = [f"party:{scope}/{who}"]
            with snapshot(connection, *exposed.VIEWS):
                assert found.exposures == exposure.exposures(connection, party), who
                assert found.counterparties == exposure.counterparties(connection, party), who
                cash = balances.now(connection, f"cash/{scope}/{who}")
                assert sum(each.cash for each in found.waiting) == sum(each.balance for each in cash)
        before.append((head, now, then(connection, scope, Times(at, head))))
    for head, whole, partly in before:
        assert then(connection, scope, Times(None, head)) == whole
        assert then(connection, scope, Times(at, head)) == partly
        agree(connection, scope, Times(at, head), partly)


def agree(connection: Any, scope: str, times: Times, people: dict[str, exposed.Exposed]) -> None:
    """Balances, the campaign, the loan, and what people have at stake are the same money at the same two times."""
    with snapshot(connection, *exposed.VIEWS):
        known_at = reading.at_positions(connection, [times.known])[0].recorded_at
        rows = balances.at(connection, "", times.at, known_at, limit=1_000)
        campaign = asof.state(connection, f"campaign:{scope}/C", times)
        loan = asof.state(connection, f"loan:{scope}/L", times)
    booked = Counter({row.account: row.balance for row in rows if f"/{scope}" in row.account})
    waiting = {
        who: (sum(line.cash for line in each.waiting), sum(line.receivable for line in each.waiting))
        for who, each in people.items()
    }
    assert waiting == {who: (booked[f"cash/{scope}/{who}"], booked[f"receivable/{scope}/{who}"]) for who in people}
    lines = [line for each in people.values() for line in each.exposures]
    if isinstance(campaign, Campaign):
        assert campaign.escrow == booked[f"escrow/{scope}/C"]
        assert campaign.pledged - campaign.collected == -booked[f"pledged/{scope}/C"]
        in_and_out = sum(line.paid - line.returned for line in lines if line.kind == "reward")
        assert in_and_out == campaign.collected - campaign.refunded
    if isinstance(loan, Loan):
        assert loan.outstanding == -booked[f"principal/{scope}/L"]
        assert loan.outstanding == sum(line.paid for line in lines if line.kind == "lending")
        assert loan.outstanding == sum(line.at_stake for line in lines if line.kind == "borrower")


@patient
@given(lateness.campaign_books, st.sampled_from(lateness.MOMENTS))
def test_backers(book: Book, connection: Any, events: list[Event], at: str) -> None:
    play(book, connection, lateness.CAMPAIGN, events, datetime.fromisoformat(at))


@patient
@given(st.sampled_from([lateness.LOAN, lateness.LISTED]), lateness.loan_books, st.sampled_from(lateness.MOMENTS))
def test_lenders_and_borrowers(book: Book, connection: Any, story: list[Event], events: list[Event], at: str) -> None:
    play(book, connection, story, events, datetime.fromisoformat(at))
