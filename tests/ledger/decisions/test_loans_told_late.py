"""What happened before the end of a loan and is told after it: the end result is that of telling it in time."""

from __future__ import annotations

from contextlib import suppress
from itertools import permutations

import pytest
from hypothesis import given as hypothesis_given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.kernel.refusals import Code, Refused
from ledger.states.loans import Loan
from tests.ledger.given import Event, World, given
from tests.ledger.stories import bid, correct, lent, loan, market, on_loan, repayment

EARLY, MIDDLE, LATE = (f"2026-03-{day}T10:00:00+08:00" for day in ("05", "10", "15"))


def terms(months: int | None, rate: str | None, time: str) -> Event:
    return on_loan("restructured", reason="x").but(term_months=months, annual_rate=rate).at(time)


def loan_of(world: World) -> Loan:
    state = world.get("loan:huizhong/L")
    assert isinstance(state, Loan)
    # Weights for interest that comes after the last principal: the same parts, in other sizes.
    return replace(state, last_holders={})


def told(*events: Event) -> World:
    world = given(lent()).world
    for event in events:
        world.send(event)
        world.check()
    return world


def test_the_latest_restructuring_counts_not_the_last_told() -> None:
    first, second = terms(24, "0.05", EARLY), terms(36, None, LATE)
    for order in permutations([first, second]):
        state = loan_of(told(*order))
        assert (state.term_months, state.annual_rate) == (36, "0.05")


def test_a_restructuring_is_taken_back_and_the_one_before_it_counts() -> None:
    world = told(terms(24, "0.05", EARLY).called("a"), terms(36, "0.06", LATE).called("b"), correct("b"))
    assert (loan_of(world).term_months, loan_of(world).annual_rate) == (24, "0.05")
    world.send(correct("a"))
    assert (loan_of(world).term_months, loan_of(world).annual_rate, loan_of(world).agreed) == (12, "0.12", ())


@pytest.mark.parametrize("end", [on_loan("settled"), on_loan("written_off")])
@pytest.mark.parametrize(
    "late",
    [
        on_loan("defaulted", amount=30),
        on_loan("restructured", term_months=24, reason="x"),
        repayment(100, 7),
        repayment(0, 7),
    ],
)
def test_told_after_the_end_it_counts_as_told_before(end: Event, late: Event) -> None:
    in_time, behind = told(late.at(EARLY), end.at(LATE)), told(end.at(LATE), late.at(EARLY))
    one, other = loan_of(in_time), loan_of(behind)
    assert one.status == other.status
    for name in ("outstanding", "lost", "losers", "term_months", "defaulted_at", "defaulted_amount", "ended_at"):
        assert getattr(one, name) == getattr(other, name), name
    assert in_time.balances == behind.balances
    # At the same moment, or after it, it is too late.
    if late.type != "repayment.received" or end.type == "loan.settled":
        given(lent(), end.at(LATE)).when(late.at(LATE)).then_refused(Code.LOAN_NOT_OPEN)


def test_a_write_off_told_after_the_settlement_that_booked_it_moves_nothing_more() -> None:
    part, end = on_loan("written_off", amount=90).at(EARLY), on_loan("settled").at(LATE)
    one, other = told(part, end), told(end, part)
    assert one.balances == other.balances
    assert loan_of(one) == loan_of(other)
    given(lent(), end).when(part.but(amount=901)).then_refused(Code.REPAYMENT_EXCEEDS_DUE)


def test_a_payment_told_late_leaves_a_loan_to_the_write_off_that_came_after_it() -> None:
    part, paid = on_loan("written_off", amount=90).at(LATE), repayment(810).at(EARLY)
    one, other = told(paid, part), told(part, paid)
    assert loan_of(one) == loan_of(other)
    assert loan_of(one).status == "written_off"


def test_a_late_payment_on_a_settled_loan_leaves_other_debts_alone() -> None:
    world = given(lent(), loan(loan="M", amount=500), on_loan("settled").at(LATE)).world
    world.send(repayment(100).at(EARLY))
    assert world.get("party:huizhong/B").owed == {"CNY": 500}


def test_a_bid_withdrawn_in_time_and_told_after_the_loan_lapsed() -> None:
    story = [*market(), loan(), bid("b1", 500)]
    away, over = Event("bid.withdrawn", {"bid": "b1"}, time=EARLY), on_loan("lapsed").at(LATE)
    one, other = given(story, away, over).world, given(story, over, away).world
    assert loan_of(one) == loan_of(other)
    given(story, over).when(away.at(LATE)).then_refused(Code.BID_NOT_OPEN)


def test_nobody_recovers_more_than_she_lost() -> None:
    world = given([*market(), loan(amount=2), bid("b1", 1, "U"), bid("b2", 1, "V"), on_loan("disbursed")]).world
    for event in (on_loan("written_off"), repayment(1, name="R1"), repayment(1, name="R2")):
        world.send(event)
    assert [world.balances[f"cash/huizhong/{who}", "CNY"] for who in "UV"] == [1, 1]
    assert (loan_of(world).lost, loan_of(world).losers) == (0, {})


amounts = st.integers(1, 400)


@hypothesis_given(st.lists(amounts, min_size=1, max_size=3), st.lists(st.tuples(amounts, amounts), max_size=6))
def test_write_offs_and_recoveries_conserve(losses: list[int], payments: list[tuple[int, int]]) -> None:
    world = given(lent()).world
    for number, amount in enumerate(losses):
        _attempt(world, on_loan("written_off", amount=amount).called(f"w{number}"))
    for number, (principal, interest) in enumerate(payments):
        _attempt(world, repayment(principal, interest, f"R{number}").called(f"r{number}"))
        state = loan_of(world)
        assert sum(state.losers.values()) == state.lost
        assert sum(state.holders.values()) == state.outstanding
    paid = sum(event.data.principal for event in world.events.values() if event.type == "repayment.received")
    assert loan_of(world).outstanding + loan_of(world).lost + paid == 900
    # Taken back one by one, the last first, everything is as it was.
    for recorded in reversed([each for each in world.events.values() if each.id[0] in "rw"]):
        world.send(correct(recorded.id))
        assert sum(loan_of(world).losers.values()) == loan_of(world).lost
    assert (loan_of(world).outstanding, loan_of(world).lost, loan_of(world).losers) == (900, 0, {})


def _attempt(world: World, event: Event) -> None:
    with suppress(Refused):
        world.send(event)
