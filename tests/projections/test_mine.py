"""What a person sees of her pledges and loans, held against the states that decide: the same money, always."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.access import Herself
from api.mine import Lending, Owned
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.loans import Loan
from ledger.states.promises import book as figures_of
from ledger.states.promises import refund_due, status_of
from ledger.store import reading
from ops.mine import loans as her_loans
from ops.mine import pledges as her_pledges
from projections import mine
from projections.snapshots import snapshot
from tests.ledger.given import Event
from tests.projections import lateness
from tests.projections.book import Book

PEOPLE = ("U", "V", "W", "B", "I")
TODAY = date(2027, 1, 1)
_scopes = count(1)
patient = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def connection(book: Book) -> Any:
    with book.connect() as connection:
        yield connection


def play(book: Book, story: list[Event], events: list[Event]) -> list[str]:
    """A story on a platform of its own; the keys of its people."""
    scope = f"q{next(_scopes)}"
    lateness.open_book(book, scope, story)
    named = [event.called(lateness.name(scope, number, event)) for number, event in enumerate(events)]
    book.tell(named, scope, attempt=True)
    book.follow()
    return [f"party:{scope}/{who}" for who in PEOPLE]


def pledges_of(connection: Any, parties: list[str], page: int) -> list[Owned]:
    """All of them, page by page."""
    found: list[mine.Pledge] = []
    while True:
        before = found[-1].position if found else mine.NEWEST
        rows = mine.pledges(connection, parties, before, page)
        found += rows
        if len(rows) < page:
            return her_pledges._owned(connection, found)


@patient
@given(lateness.campaign_books, st.integers(1, 3))
def test_pledges(book: Book, connection: Any, events: list[Event], page: int) -> None:
    parties = play(book, lateness.CAMPAIGN, events)
    with snapshot(connection, *mine.VIEWS):
        found = pledges_of(connection, parties, page)
        states = reading.states(
            connection, [name for each in found for name in (each.pledge.key, each.pledge.campaign)]
        )
        sums = {each.currency: each for each in mine.sums(connection, parties)}
    assert [each.pledge.position for each in found] == sorted({each.pledge.position for each in found}, reverse=True)
    held: defaultdict[str, list[mine.Pledge]] = defaultdict(list)
    for each in found:
        row, state, campaign = each.pledge, states[each.pledge.key], states[each.pledge.campaign]
        assert isinstance(state, Pledge)
        assert isinstance(campaign, Campaign)
        own = figures_of(state, campaign)
        assert (row.status, row.amount) == (status_of(state, campaign), state.amount)
        assert (row.collected, row.refunded, row.refund_due) == (own.paid, own.back, refund_due(state, campaign))
        assert row.collected == row.refunded + row.in_escrow + row.released + row.fees
        assert min(row.in_escrow, row.released, row.fees) >= 0
        held[row.campaign].append(row)
    for name, rows in held.items():
        campaign = states[name]
        assert isinstance(campaign, Campaign)
        # All investors are asked for here: together they have what the campaign has, but for units lost in rounding.
        assert 0 <= campaign.escrow - sum(row.in_escrow for row in rows) < max(len(rows), 1)
        assert 0 <= campaign.released - sum(row.released for row in rows) < max(len(rows), 1)
    for currency, total in sums.items():
        rows = [each.pledge for each in found if each.pledge.currency == currency]
        for name in ("collected", "refunded", "refund_due", "in_escrow", "released", "fees"):
            assert getattr(total, name) == sum(getattr(row, name) for row in rows), name
        assert total.promised == sum(row.amount for row in rows if row.status == "pledged")


@patient
@given(st.sampled_from([lateness.LOAN, lateness.LISTED]), lateness.loan_books)
def test_loans(book: Book, connection: Any, story: list[Event], events: list[Event]) -> None:
    parties = play(book, story, events)
    with snapshot(connection, *mine.VIEWS):
        rows = mine.loans(connection, parties, (mine.NEWEST, mine.LAST), 100)
        one_by_one: list[mine.Loan] = []
        while more := mine.loans(connection, parties, _after(one_by_one), 1):
            one_by_one += more
        lendings = her_loans._lendings(connection, rows, TODAY).lendings
        states = reading.states(connection, sorted({row.key for row in rows}))
        sums = {each.currency: each for each in mine.loan_sums(connection, parties)}
    assert one_by_one == rows
    for each in lendings:
        agree(each, states[each.loan.key])
    for currency, total in sums.items():
        own = [each.loan for each in lendings if each.loan.currency == currency]
        assert total.outstanding == sum(row.outstanding for row in own)
        assert total.waiting == sum(row.bid for row in own if row.status == "listed")
    for key, state in states.items():
        assert isinstance(state, Loan)
        together = [each for each in lendings if each.loan.key == key]
        assert sum(each.loan.outstanding for each in together) == state.outstanding
        assert sum(each.lost for each in together) == state.lost


def _after(rows: list[mine.Loan]) -> tuple[int, str]:
    return (rows[-1].position, rows[-1].party) if rows else (mine.NEWEST, mine.LAST)


def agree(each: Lending, state: object) -> None:
    """One holder's part, against the loan's own record of her."""
    assert isinstance(state, Loan)
    loan = each.loan
    assert loan.outstanding == state.holders.get(loan.party, 0)
    assert each.lost == state.losers.get(loan.party, 0)
    assert each.interest_received >= 0
    assert each.principal_received >= 0
    assert each.next_due_amount <= each.figures.next_due_amount
    if state.status == "listed":
        assert loan.bid == sum(amount for party, amount in state.bids.values() if party == loan.party)
        assert (each.lent, each.principal_received) == (0, 0)


def test_who_is_known_nowhere_has_nothing(book: Book, connection: Any) -> None:
    """A person whom no platform knows has nothing, which is an answer."""
    play(book, lateness.CAMPAIGN, [])
    nobody = Herself("0" * 64)
    with snapshot(connection, *mine.VIEWS):
        assert her_loans.page(ZoneInfo("Asia/Shanghai"), connection, nobody, (mine.NEWEST, mine.LAST), 5) == []
        assert her_pledges.page(connection, nobody, mine.NEWEST, 5) == []
