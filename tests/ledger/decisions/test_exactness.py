"""What was corrected never was: whatever the story, an event and its correction leave every state and balance alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.kernel.refusals import Missing, Refused
from ledger.states.registry import is_absent
from tests.ledger.decisions import test_invariants as stories
from tests.ledger.given import Event, World
from tests.ledger.stories import campaign, loan, market, on_pledge, party, undo

BEGIN = [*market(), campaign(goal=20, cap=60, minimum=1), loan(amount=60)]
DAYS = [f"2026-03-{day:02}T10:00:00+08:00" for day in (2, 3, 5, 9)]
persons = st.sampled_from("UVWB")
others = st.one_of(
    st.builds(lambda p: Event("party.verified", {"party": p, "method": "id_card"}), persons),
    st.builds(lambda p, n: Event("investor.declared", {
        "investor": p, "jurisdiction": "CN", "currency": "CNY", "annual_income": n,
    }), persons, st.integers(1, 3)),
    st.builds(lambda share: Event("campaign.delivered", {"campaign": "C", "share": share}), st.sampled_from("01")),
    st.builds(lambda p: on_pledge("reconfirmed", p), stories.pledges),
    st.builds(lambda p: on_pledge("collection_failed", p, reason="card"), stories.pledges),
    st.just(party("Z")),
)  # fmt: skip
told = st.builds(
    lambda event, day: event.at(day),
    st.one_of(stories.campaigns, stories.amended, stories.loans, others),
    st.sampled_from(DAYS),
)
unhurried = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def seen(world: World) -> tuple[dict[str, Any], dict[Any, int]]:
    """Every state that is there, and every balance: without the marks that are meant to stay."""
    states = {key: world.get(key) for key in world.texts if not key.startswith(("correction:", "approval:"))}
    present = {key: state for key, state in states.items() if not is_absent(state)}
    return present, {of: balance for of, balance in world.balances.items() if balance}


def play(events: list[Event]) -> World:
    world = World()
    for event in (*BEGIN, *events):
        world.attempt(event)
    return world


@pytest.mark.parametrize(("wrong", "left"), [("first", ["1", "0"]), ("second", ["0", "0"]), ("third", ["0", "1"])])
def test_of_reports_that_say_the_same_the_right_one_is_taken_back(wrong: str, left: list[str]) -> None:
    shares = {"first": "0", "second": "1", "third": "0"}
    reports = [
        Event("campaign.delivered", {"campaign": "C", "share": share}, id=name) for name, share in shares.items()
    ]
    world = play([*market(), campaign(), *reports])
    assert [world.attempt(each) for each in undo(wrong)] == [None, None]
    states, _ = seen(world)
    (deliveries,) = [each.deliveries for key, each in states.items() if key == "campaign:huizhong/C"]
    assert [share for _, share in deliveries] == left


@unhurried
@given(st.lists(told, max_size=25), told)
def test_an_event_and_its_correction_leave_no_trace(events: list[Event], event: Event) -> None:
    world = play(events)
    before = seen(world)
    if world.attempt(event.called("wrong")) is None:
        ends = [world.attempt(each) for each in undo("wrong")]
        assert ends == [None, None], "the last event can always be taken back"
        assert seen(world) == before


@unhurried
@given(st.lists(told, max_size=12), told, st.lists(told, max_size=12))
def test_whatever_came_in_between_stays(early: list[Event], event: Event, late: list[Event]) -> None:
    """Where a correction is accepted later on, it leaves what would be there had the event never been told."""
    without, world = play(early), play(early)
    if world.attempt(event.called("wrong")) is not None:
        return
    for each in late:
        other, end = without.attempt(each), world.attempt(each)
        if type(other) is not type(end) or (end is not None and str(end) != str(other)):
            return  # what came later would have gone otherwise: then there is nothing to compare
    if any(isinstance(world.attempt(each), Refused | Missing) for each in undo("wrong")):
        return
    world.check()
    states, balances = seen(world)
    assert states == seen(without)[0]
    # Who has money waiting pays with it first. Which of her two pockets it came from was decided then, and stays.
    assert _pockets(balances) == _pockets(seen(without)[1])


def _pockets(balances: dict[Any, int]) -> dict[Any, int]:
    sums: dict[Any, int] = {}
    for (account, currency), balance in balances.items():
        root, _, path = account.partition("/")
        pocket = "own" if root in {"cash", "investor"} else root
        sums[pocket, path, currency] = sums.get((pocket, path, currency), 0) + balance
    return {of: balance for of, balance in sums.items() if balance}
