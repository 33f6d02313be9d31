"""The graph of money against the books: what goes into a campaign is what it collected, and no cent is lost."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from itertools import count
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.money_flow import FlowQuestion
from api.times import Times
from ledger.states.campaigns import Campaign
from ledger.states.loans import Loan
from ops import flows as walked
from ops.simulator import market as simulated
from projections import asof, balances, campaigns, flows
from projections.flows import Standing
from projections.moves import MEANS
from projections.snapshots import snapshot
from tests.ledger.decisions.test_corrections import UNDONE
from tests.ledger.given import Event
from tests.ledger.stories import undo
from tests.projections import lateness
from tests.projections.book import Book

NODES = ("party:{0}/U", "party:{0}/V", "party:{0}/W", "party:{0}/B", "party:{0}/I", "party:{0}/S", "campaign:{0}/C",
         "loan:{0}/L", "custody:{0}", "fees:{0}", "investors:{0}/C", "investors:{0}/L")  # fmt: skip
ALL = 2**62
_scopes = count(1)
patient = settings(
    max_examples=16, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def connection(book: Book) -> Any:
    with book.connect() as connection:
        yield connection


def net(connection: Any, scope: str, standing: Standing) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Per node what came in less what went out; and per (node, means) what came in."""
    nodes = [each.format(scope) for each in NODES]
    sums: Counter[str] = Counter()
    into: Counter[tuple[str, str]] = Counter()
    for edge in flows.between(connection, nodes, standing):
        sums[edge.target] += edge.amount
        sums[edge.source] -= edge.amount
        into[edge.target, edge.means] += edge.amount
    return sums, into


class Seen(NamedTuple):
    """The same sums by the graph and by the books."""

    flowed: dict[str, int]
    booked: dict[str, int]


def seen(connection: Any, scope: str, times: asof.Times) -> Seen:
    with snapshot(connection, "flows", "balances"):
        rows = {row.account: row.balance for row in balances.at(connection, "", times.at, limit=1_000)}
        campaign = asof.state(connection, f"campaign:{scope}/C", times)
        loan = asof.state(connection, f"loan:{scope}/L", times)
        sums, into = net(connection, scope, Standing(times.known, times.at))
    flowed = {"escrow": sums[f"campaign:{scope}/C"], "fees": sums[f"fees:{scope}"], "loan": sums[f"loan:{scope}/L"]}
    # All that a loan is given it passes on.
    booked = {"escrow": rows.get(f"escrow/{scope}/C", 0), "fees": rows.get(f"fees/{scope}", 0), "loan": 0}
    money = tuple(f"{each}/{scope}/" for each in ("investor", "issuer", "borrower", "cash"))
    people = sum(value for key, value in sums.items() if key.startswith(f"party:{scope}/"))
    flowed["people"] = people + sums[f"custody:{scope}"]
    booked["people"] = sum(value for key, value in rows.items() if key.startswith(money))
    if isinstance(campaign, Campaign):
        back = (amount for (node, means), amount in into.items() if means == "refunded" and f":{scope}/" in node)
        flowed |= {"collected": into[f"campaign:{scope}/C", "collected"], "refunded": sum(back)}
        booked |= {"collected": campaign.collected, "refunded": campaign.refunded}
    if isinstance(loan, Loan) and loan.status in {"disbursed", "defaulted", "settled"}:
        flowed["lent"], booked["lent"] = into[f"loan:{scope}/L", "lent"], loan.amount
    return Seen(flowed, booked)


@patient
@given(lateness.books, st.sampled_from(lateness.MOMENTS))
def test_the_graph_says_what_the_books_say(
    book: Book, connection: Any, told: tuple[list[Event], list[Event]], at: str
) -> None:
    story, events = told
    scope = f"p{next(_scopes)}"
    lateness.open_book(book, scope, story)
    for number, event in enumerate(events, 1):
        book.tell([event.called(lateness.name(scope, number, event))], scope, attempt=True)
    head = book.follow()[0].position
    for moment in (None, datetime.fromisoformat(at)):
        found = seen(connection, scope, asof.Times(moment, head))
        assert found.flowed == found.booked


def test_what_is_taken_back_never_moved(book: Book, connection: Any) -> None:
    """Each kind of event that moves money, told and taken back: the graph is as it was, and the past still knows it."""
    kinds = sorted(MEANS.keys() & UNDONE.keys())
    assert len(kinds) > 7, kinds
    for number, kind in enumerate(kinds):
        story, event = UNDONE[kind]
        scope = f"u{number}"
        book.tell(story, scope)
        before = moved(connection, book.follow()[0].position)
        book.tell([event.called(f"wrong-{scope}")], scope)
        told = book.follow()[0].position
        believed = moved(connection, told)
        assert believed != before, kind
        source = event.source if event.source == "registry" else f"platform:{scope}"
        answers = book.tell(undo(f"wrong-{scope}", source), scope)
        assert answers[-1].status == "accepted", kind
        assert moved(connection, book.follow()[0].position) == before, kind
        assert moved(connection, told) == believed, kind


def moved(connection: Any, known: int) -> set[tuple[str, str, str, int]]:
    """All edges between all nodes, as of a position."""
    rows = connection.execute(
        "SELECT source FROM view_flows.moves UNION SELECT target FROM view_flows.moves"
    ).fetchall()
    edges = flows.between(connection, [node for (node,) in rows], Standing(known))
    return {(each.source, each.target, each.means, each.amount) for each in edges}


@pytest.fixture(scope="module")
def market(module_database: str) -> Any:
    """A simulated market of two weeks."""
    book = Book(module_database)
    built = simulated.build(5, date(2026, 6, 30), days=14, scale=0.2)
    book.submit([delivery.event for delivery in built.deliveries])
    assert {each.state for each in book.follow()} == {"live"}
    with book.connect() as connection:
        yield connection
    book.close()


def test_what_goes_into_every_campaign_is_what_it_collected(market: Any) -> None:
    found = campaigns.listed(market, limit=1_000)
    assert sum(each.collected > 0 for each in found) > 5
    for each in found:
        told = walked.flow(market, FlowQuestion([each.key], nodes=60)).value
        into = sum(edge.amount for edge in told.edges if (edge.target, edge.means) == (each.key, "collected"))
        rest = [line for line in told.left_out if (line.node, line.way) == (each.key, "in")]
        assert into + sum(line.amount for line in rest) == each.collected + each.returned
        assert len(told.nodes) <= 60


def test_bounds_are_told_and_nothing_is_lost(market: Any) -> None:
    """However few nodes are shown: what is shown and what is said to be left out are the whole."""
    largest = max(campaigns.listed(market, limit=1_000), key=lambda each: each.pledge_count)
    for hops in (1, 2, 3):
        whole = walked.flow(market, FlowQuestion([largest.key], hops=hops)).value
        for most in (2, 3, 7, 25):
            told = walked.flow(market, FlowQuestion([largest.key], hops=hops, nodes=most)).value
            assert len(told.nodes) <= most
            assert {each.key for each in told.nodes} <= {each.key for each in whole.nodes} | {largest.key}
            into = sum(edge.amount for edge in told.edges if edge.target == largest.key)
            rest = sum(each.amount for each in told.left_out if (each.node, each.way) == (largest.key, "in"))
            assert into + rest == largest.collected + largest.returned
            if largest.pledge_count > most:
                assert rest > 0
            assert max(each.hop for each in told.nodes) <= hops


def test_days_and_the_newest_events_are_those_of_the_moves(market: Any) -> None:
    largest = max(campaigns.listed(market, limit=1_000), key=lambda each: each.collected)
    whole = walked.flow(market, FlowQuestion([largest.key])).value
    days = sorted({edge.first_day for edge in whole.edges})
    middle = days[len(days) // 2]
    early = walked.flow(market, FlowQuestion([largest.key], last_day=middle - 1)).value
    late = walked.flow(market, FlowQuestion([largest.key], first_day=middle)).value
    assert all(edge.last_day < middle for edge in early.edges)
    assert all(edge.first_day >= middle for edge in late.edges)
    assert _moved(early) + _moved(late) == _moved(whole)
    edge = whole.edges[0]
    again = walked.flow(market, FlowQuestion([], edge.newest)).value
    assert {edge.source, edge.target} <= {each.key for each in again.nodes if each.hop == 0}


def test_the_crowded_are_said_and_not_followed(market: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walked, "MOVES_MAX", 3)
    largest = max(campaigns.listed(market, limit=1_000), key=lambda each: each.pledge_count)
    told = walked.flow(market, FlowQuestion([largest.key], hops=3)).value
    assert told.not_followed
    assert largest.key not in told.not_followed, "what was asked about is always told"
    kinds = {each.key.partition(":")[0] for each in told.nodes if each.hop == 3}
    assert not kinds - {"party", "campaign", "loan", "custody", "fees", "investors"}


def test_what_nobody_knows_is_a_node_alone(market: Any) -> None:
    told = walked.flow(market, FlowQuestion(["party:nowhere/'; DROP TABLE moves --"], times=Times())).value
    assert [(each.key, each.sort) for each in told.nodes] == [("party:nowhere/'; DROP TABLE moves --", None)]
    assert (told.edges, told.left_out) == ([], [])


def _moved(told: Any) -> int:
    return int(sum(edge.moves for edge in told.edges) + sum(each.moves for each in told.left_out))
