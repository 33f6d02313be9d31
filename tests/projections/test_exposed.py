"""What people had at stake: as of now equal to the present's own answer, and as of then to what was answered then."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple

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
    max_examples=24, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def connection(book: Book) -> Any:
    with book.connect() as connection:
        yield connection


def then(connection: Any, scope: str, times: Times) -> dict[str, exposed.Exposed]:
    with snapshot(connection, *exposed.VIEWS):
        return {who: exposed.exposed(connection, [f"party:{scope}/{who}"], times) for who in PEOPLE}


class Weighed(NamedTuple):
    """The same money by what people have at stake, and by the books."""

    at_stake: dict[str, Any]
    booked: dict[str, Any]


def weighed(connection: Any, scope: str, times: Times, people: dict[str, exposed.Exposed]) -> Weighed:
    with snapshot(connection, *exposed.VIEWS):
        known_at = reading.at_positions(connection, [times.known])[0].recorded_at
        rows = balances.at(connection, "", times.at, known_at, limit=1_000)
        campaign = asof.state(connection, f"campaign:{scope}/C", times)
        loan = asof.state(connection, f"loan:{scope}/L", times)
    sums = Counter({row.account: row.balance for row in rows if f"/{scope}" in row.account})
    waiting = {
        who: (sum(line.cash for line in each.waiting), sum(line.receivable for line in each.waiting))
        for who, each in people.items()
    }
    lines = [line for each in people.values() for line in each.exposures]
    at_stake: dict[str, Any] = {"waiting": waiting}
    booked: dict[str, Any] = {
        "waiting": {who: (sums[f"cash/{scope}/{who}"], sums[f"receivable/{scope}/{who}"]) for who in people}
    }
    if isinstance(campaign, Campaign):
        paid = sum(line.paid - line.returned for line in lines if line.kind == "reward")
        at_stake |= {"escrow": campaign.escrow, "promised": campaign.pledged - campaign.collected, "paid": paid}
        booked |= {
            "escrow": sums[f"escrow/{scope}/C"],
            "promised": -sums[f"pledged/{scope}/C"],
            "paid": campaign.collected - campaign.refunded,
        }
    if isinstance(loan, Loan):
        lent = sum(line.paid for line in lines if line.kind == "lending")
        owed = sum(line.at_stake for line in lines if line.kind == "borrower")
        at_stake |= {"outstanding": loan.outstanding, "lent": lent, "owed": owed}
        booked |= dict.fromkeys(("outstanding", "lent", "owed"), -sums[f"principal/{scope}/L"])
    return Weighed(at_stake, booked)


def present(connection: Any, party: list[str]) -> tuple[Any, Any, int]:
    """What the present's own questions answer: exposures, counterparties, and cash by the balances."""
    with snapshot(connection, *exposed.VIEWS):
        cash = balances.now(connection, party[0].replace("party:", "cash/"))
        return (
            exposure.exposures(connection, party),
            exposure.counterparties(connection, party),
            sum(each.balance for each in cash),
        )


@patient
@given(lateness.books, st.sampled_from(lateness.MOMENTS))
def test_then_is_what_was_answered_then(
    book: Book, connection: Any, told: tuple[list[Event], list[Event]], at: str
) -> None:
    story, events = told
    scope, moment = f"p{next(_scopes)}", datetime.fromisoformat(at)
    lateness.open_book(book, scope, story)
    before: list[tuple[int, dict[str, exposed.Exposed], dict[str, exposed.Exposed]]] = []
    for number, event in enumerate(events, 1):
        book.tell([event.called(lateness.name(scope, number, event))], scope, attempt=True)
        if number % 5 and number != len(events):
            continue
        head = book.follow()[0].position
        now = then(connection, scope, Times(None, head))
        for who, found in now.items():
            answered = (found.exposures, found.counterparties, sum(each.cash for each in found.waiting))
            assert answered == present(connection, [f"party:{scope}/{who}"]), who
        before.append((head, now, then(connection, scope, Times(moment, head))))
    for head, whole, partly in before:
        assert then(connection, scope, Times(None, head)) == whole
        assert then(connection, scope, Times(moment, head)) == partly
        money = weighed(connection, scope, Times(moment, head), partly)
        assert money.at_stake == money.booked
