"""Whatever is sent, in whatever order: the books balance, states agree with them, nobody has less than nothing."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ledger.given import Event, World
from tests.ledger.stories import (
    bid,
    campaign,
    closed,
    come_back,
    deposit,
    fee,
    loan,
    market,
    on_loan,
    on_pledge,
    on_withdrawal,
    pledge,
    release,
    repayment,
    sale,
    undo,
    withdrawal,
)

# Few names and small amounts, so that events meet.
money = st.sampled_from([1, 2, 3, 5, 7, 10, 30])
people = st.sampled_from(["U", "V", "W", "B"])
pledges = st.sampled_from(["P1", "P2", "P3"])
number = st.integers(1, 60)

campaigns = st.one_of(
    st.just(campaign(goal=20, cap=60, minimum=1)),
    st.builds(closed, st.sampled_from(["succeeded", "failed", "cancelled"])),
    st.builds(pledge, pledges, money, investor=people),
    st.builds(lambda p: on_pledge("collected", p), pledges),
    st.builds(lambda p: on_pledge("collected", p), pledges),
    st.builds(lambda p: on_pledge("cancelled", p), pledges),
    st.builds(lambda p, a: on_pledge("refunded", p, amount=a), pledges, money),
    st.builds(release, money),
    st.builds(come_back, money),
    st.builds(fee, money, st.sampled_from(["issuer", "investor"])),
)
amended = st.builds(lambda goal, cap: _amended(goal=goal, cap=goal + cap), money, money)
loans = st.one_of(
    st.builds(bid, st.sampled_from(["b1", "b2", "b3", "b4"]), money, people),
    st.builds(lambda b: Event("bid.withdrawn", {"bid": b}), st.sampled_from(["b1", "b2", "b3"])),
    st.just(on_loan("disbursed")),
    st.just(on_loan("lapsed")),
    st.just(on_loan("defaulted")),
    st.just(on_loan("settled")),
    st.builds(lambda a: on_loan("written_off", amount=a), money),
    st.builds(lambda r, p, i, f: repayment(p, i, r, fee=f), st.sampled_from("RSTQ"), money, money, money),
    st.builds(lambda r, i: repayment(0, i, r, penalty=1), st.sampled_from("RSTQ"), money),
    st.builds(sale, people, people, money, st.sampled_from([0, 3, "0.9", "1.1"])),
    st.builds(deposit, money, people, st.sampled_from(["D1", "D2", "D3"])),
    st.builds(withdrawal, money, people, st.sampled_from(["X1", "X2"])),
    st.builds(lambda x: on_withdrawal("paid", x), st.sampled_from(["X1", "X2"])),
)
corrections = st.builds(lambda n, step: undo(f"e{n}")[step], number, st.sampled_from([0, 1, 1]))

CAMPAIGN = [*market(), campaign(goal=20, cap=60, minimum=1)]
LOAN = [*market(), loan(amount=60), bid("b0", 27, "U"), bid("b9", 23, "V")]
WHOLE = [*LOAN, bid("b1", 10, "W"), on_loan("disbursed")]


def _amended(**data: int) -> Event:
    return Event("campaign.amended", {"campaign": "C", "material": False, **data})


def play(story: list[Event], events: list[Event]) -> World:
    """All of them, one after the other; what can't be is refused, what misses something is left out."""
    world = World()
    for event in story:
        world.send(event)
    for event in events:
        before = dict(world.texts), dict(world.balances)
        if world.attempt(event):
            assert before == (world.texts, world.balances), "a refusal changes nothing"
        else:
            world.check()
    return world


unhurried = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@given(st.lists(campaigns | amended | corrections, min_size=10, max_size=40))
def test_campaigns(events: list[Event]) -> None:
    play(CAMPAIGN, events)


@unhurried
@given(st.sampled_from([LOAN, WHOLE]), st.lists(loans | corrections, min_size=10, max_size=40))
def test_loans(story: list[Event], events: list[Event]) -> None:
    play(story, events)


@unhurried
@given(st.lists(campaigns | loans, min_size=10, max_size=40))
def test_correcting_everything_backwards_leaves_no_money_anywhere(events: list[Event]) -> None:
    world = play([*market(), campaign(goal=20, cap=60, minimum=1), loan(amount=60)], events)
    for recorded in reversed(list(world.events.values())):
        if recorded.type.startswith(("platform.", "party.")):
            continue
        *_, end = [world.attempt(each) for each in undo(recorded.id, recorded.source)]
        assert end is None, end
    world.check()
    assert not any(world.balances.values())
