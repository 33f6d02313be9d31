"""How promises end together, and what may be told afterwards: the order in which facts arrive never shows."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from ledger.kernel.refusals import Code, Missing, Refused
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.promises import refund_due, status_of
from tests.ledger.given import START, Event, World, given
from tests.ledger.stories import campaign, closed, correct, fee, market, on_pledge, pledge, release

OPEN = [*market(), campaign()]
END = "2026-03-20T10:00:00+08:00"
BEFORE, AFTER = "2026-03-19T10:00:00+08:00", "2026-03-21T10:00:00+08:00"
CHANGED, CONFIRM_BY, LAPSED = "2026-03-10T10:00:00+08:00", "2026-03-17T23:59:59+08:00", "2026-03-18T00:00:00+08:00"
CHANGE = Event("campaign.amended", {"campaign": "C", "material": True}, time=CHANGED)
OWED_AGAIN = ("pledged/huizhong/C", -100), ("receivable/huizhong/U", 100)
ENDED = ("pledged/huizhong/C", 100), ("receivable/huizhong/U", -100)


def lapse(time: str = LAPSED, **data: str) -> Event:
    terms = {"platform": "huizhong", "campaign": "C", "amended_at": CHANGED, "reconfirm_by": CONFIRM_BY}
    return Event("pledges.lapsed", {**terms, "window": "x", "citation": "y", **data}, "system", time)


def standing(world: World, name: str = "P") -> tuple[str, int]:
    """(status, refund due) of a pledge."""
    state = world.get(f"pledge:huizhong/{name}")
    assert isinstance(state, Pledge)
    theirs = world.get(state.campaign)
    assert isinstance(theirs, Campaign)
    return status_of(state, theirs), refund_due(state, theirs)


@pytest.mark.parametrize("outcome", ["failed", "cancelled"])
def test_a_failed_close_ends_every_promise_with_a_line_per_investor(outcome: str) -> None:
    story = [*OPEN, pledge("P"), pledge("P2", 50), pledge("Q", 30, investor="V"), pledge("R", investor="W")]
    when = given(story, on_pledge("collected", "R")).when(closed(outcome))
    when.then(
        ("receivable/huizhong/U", -150), ("receivable/huizhong/V", -30), ("pledged/huizhong/C", 180),
        campaign={"status": outcome, "pledged": 100, "collected": 100, "voided": 180, "due": 100, "pledges": 1},
    )  # fmt: skip
    assert [standing(when.world, name) for name in ("P", "P2", "Q", "R")] == [
        ("void", 0), ("void", 0), ("void", 0), ("collected", 100),
    ]  # fmt: skip


def test_a_close_without_pledges_moves_nothing() -> None:
    given(OPEN).when(closed("failed")).then(campaign={"status": "failed", "voided": 0})


def test_a_success_ends_no_promise_and_shows_a_missed_goal() -> None:
    missed = given(OPEN, pledge(amount=999)).when(closed()).then(campaign={"pledged": 999, "below_goal": True})
    assert standing(missed.world) == ("pledged", 0)
    given(OPEN, pledge(amount=1000)).when(closed()).then(campaign={"below_goal": False})
    given(OPEN, pledge(amount=999), closed()).when(pledge("P2", 10).at(BEFORE)).then(
        ("pledged/huizhong/C", -10), ("receivable/huizhong/U", 10), campaign={"below_goal": False},
    )  # fmt: skip
    given(OPEN, pledge(amount=1000), closed()).when(on_pledge("cancelled").at(AFTER)).then(
        ("pledged/huizhong/C", 1000), ("receivable/huizhong/U", -1000), campaign={"below_goal": False},
    )  # fmt: skip
    given(market(), campaign(funding="keep_what_you_raise"), pledge()).when(closed()).then(
        campaign={"below_goal": False}
    )


FAILED = [*OPEN, pledge(), closed("failed").called("close")]


def test_cancelled_after_the_close_confirms_and_moves_nothing() -> None:
    when = given(FAILED).when(on_pledge("cancelled").at(AFTER)).then(campaign={"voided": 0, "pledged": 0})
    assert standing(when.world) == ("cancelled", 0)


def test_collected_before_and_told_after_is_in_escrow_and_owed_back() -> None:
    when = given(FAILED).when(on_pledge("collected").at(BEFORE)).then(
        ("investor/huizhong/U", -100), ("escrow/huizhong/C", 100), campaign={"due": 100, "voided": 0},
    )  # fmt: skip
    assert standing(when.world) == ("collected", 100)
    world = given(FAILED, on_pledge("collected").at(BEFORE), on_pledge("refunded", amount=40)).world
    assert standing(world) == ("collected", 60)
    given(FAILED).when(on_pledge("collected").at(AFTER)).then_refused(Code.PLEDGE_NOT_OPEN, "ended (void)")
    given(FAILED).when(on_pledge("collected").at(END)).then_refused(Code.PLEDGE_NOT_OPEN)


def test_a_pledge_made_before_and_told_after_is_void_at_once() -> None:
    when = given(OPEN, closed("failed")).when(pledge()).then(campaign={"voided": 100, "pledged": 0})
    assert standing(when.world) == ("void", 0)


def test_money_owed_back_can_still_be_lost_sight_of_but_not_of_its_sum() -> None:
    story = [*OPEN, pledge(), on_pledge("collected"), release(70)]
    given(story).when(closed("failed")).then(campaign={"due": 100, "escrow": 30})
    given(story, closed("failed")).when(fee(30, "issuer")).then_accepted()


def test_a_close_taken_back_restores_all_that_was_not_settled_since() -> None:
    given(FAILED).when(correct("close")).then(*OWED_AGAIN, campaign={"status": "open", "voided": 0, "pledged": 100})
    two = [*OPEN, pledge(), pledge("Q", 30, investor="V"), closed("failed").called("close")]
    cancelled = on_pledge("cancelled", "Q").at(AFTER).called("c")
    when = given(two, cancelled).when(correct("close")).then(*OWED_AGAIN, campaign={"pledged": 100, "pledges": 1})
    assert standing(when.world, "Q") == ("cancelled", 0)
    given(two, cancelled, correct("close")).when(correct("c")).then(
        ("pledged/huizhong/C", -30), ("receivable/huizhong/V", 30)
    )
    # The money had come in before: it is no promise again.
    given(FAILED, on_pledge("collected").at(BEFORE)).when(correct("close")).then(campaign={"due": 0, "collected": 100})


def test_what_was_told_after_the_close_can_be_taken_back() -> None:
    late = on_pledge("collected").at(BEFORE).called("late")
    given(FAILED, late).when(correct("late")).then(
        ("investor/huizhong/U", 100), ("escrow/huizhong/C", -100), campaign={"voided": 100, "due": 0}
    )
    given([*OPEN, pledge().called("p"), closed("failed")]).when(correct("p")).then(campaign={"voided": 0}, pledge=None)


def test_closed_again_after_a_correction() -> None:
    given(FAILED, correct("close")).when(closed("cancelled")).then(*ENDED, campaign={"status": "cancelled"})
    given(FAILED).when(closed("failed")).then_refused(Code.CAMPAIGN_NOT_OPEN)


MATERIAL = [*OPEN, pledge(), CHANGE]


def test_what_is_not_reconfirmed_in_time_lapses() -> None:
    when = given(MATERIAL).when(lapse()).then(*ENDED, campaign={"lapsed": 100, "pledged": 0, "status": "open"})
    assert standing(when.world) == ("lapsed", 0)
    given(MATERIAL, on_pledge("reconfirmed").at("2026-03-12T00:00:00Z")).when(lapse()).then(campaign={"lapsed": 0})
    given([*OPEN, CHANGE, pledge().at("2026-03-11T00:00:00Z")]).when(lapse()).then(campaign={"lapsed": 0})


@pytest.mark.parametrize("time", [CHANGED, CONFIRM_BY])
def test_said_in_time_and_told_late_revives_the_promise(time: str) -> None:
    when = given(MATERIAL, lapse()).when(on_pledge("reconfirmed").at(time).called("yes"))
    when.then(*OWED_AGAIN, campaign={"lapsed": 0, "pledged": 100})
    assert standing(when.world) == ("pledged", 0)
    given(MATERIAL, lapse(), on_pledge("reconfirmed").at(time).called("yes")).when(correct("yes")).then(*ENDED)


def test_said_before_the_change_or_after_the_window_revives_nothing() -> None:
    early = on_pledge("reconfirmed").at("2026-03-09T00:00:00Z")
    given(MATERIAL, lapse()).when(early).then(campaign={"lapsed": 100})
    given(MATERIAL, lapse()).when(on_pledge("reconfirmed").at(LAPSED)).then_refused(Code.PLEDGE_NOT_OPEN, "lapsed")


def test_of_a_lapse_and_a_close_the_earlier_one_ended_it() -> None:
    for story in ([lapse(), closed("failed")], [closed("failed"), lapse()]):
        assert standing(given(MATERIAL, story).world) == ("lapsed", 0)
    early = closed("failed", "2026-03-11T10:00:00+08:00")
    assert standing(given(MATERIAL, early).world) == ("void", 0)
    given(MATERIAL, early).when(lapse()).then_refused(Code.PLEDGE_NOT_OPEN)


def test_a_promise_of_the_same_moment_knew_the_change() -> None:
    given([*OPEN, pledge().at(CHANGED), CHANGE]).when(lapse()).then(campaign={"lapsed": 0, "pledged": 100})


def test_no_promise_is_revived_beyond_the_cap() -> None:
    full = [*MATERIAL, lapse(), pledge("P2", 2000, investor="V").at(BEFORE)]
    given(full).when(on_pledge("reconfirmed").at(CONFIRM_BY)).then_refused(Code.CAP_EXCEEDED)


def test_collected_money_that_was_not_reconfirmed_is_owed_back() -> None:
    paid = [*OPEN, pledge(), on_pledge("collected"), CHANGE]
    when = given(paid).when(lapse()).then(campaign={"due": 100, "collected": 100})
    assert standing(when.world) == ("collected", 100)
    again = given(paid, lapse()).when(on_pledge("reconfirmed").at(CONFIRM_BY)).then(campaign={"due": 0})
    assert standing(again.world) == ("collected", 0)


def test_a_lapse_needs_a_change_a_window_that_is_over_and_happens_once() -> None:
    given(OPEN).when(lapse()).then_refused(Code.PLEDGE_NOT_OPEN, "no material change")
    given(MATERIAL).when(lapse(CONFIRM_BY)).then_refused(Code.TIME_IN_FUTURE)
    given(MATERIAL, lapse()).when(lapse()).then_refused(Code.PLEDGE_NOT_OPEN, "already")
    given(MATERIAL, closed("failed", CHANGED)).when(lapse()).then_refused(Code.PLEDGE_NOT_OPEN, "ended")
    given(MATERIAL).when(lapse().by("platform:huizhong")).then_refused(Code.SOURCE_NOT_YOURS)
    given(market()).when(lapse()).then_waits_for("campaign:huizhong/C")


def test_a_failed_collection_leaves_the_promise_open() -> None:
    failed = on_pledge("collection_failed", reason="card declined", retry_at="2026-03-05")
    given(OPEN, pledge()).when(failed).then(
        pledge={"status": "pledged", "failures": ((micros(START), 1772726399999999),)}
    )
    given(OPEN, pledge(), failed).when(on_pledge("collected")).then_accepted()
    given(OPEN, pledge(), on_pledge("collected").at(AFTER)).when(failed).then(pledge={"status": "collected"})
    given(OPEN, pledge(), on_pledge("collected")).when(failed.at(AFTER)).then_refused(Code.PLEDGE_NOT_OPEN)
    given(FAILED).when(failed.at(AFTER)).then_refused(Code.PLEDGE_NOT_OPEN)
    given(OPEN, pledge(), on_pledge("cancelled")).when(failed.at(AFTER)).then_refused(Code.PLEDGE_NOT_OPEN)


def micros(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000


# -- any order

days = st.integers(2, 29)
names = st.sampled_from(["P1", "P2", "P3"])
facts = st.one_of(
    st.builds(lambda p, u: pledge(p, 100, investor=u), names, st.sampled_from("UV")),
    st.builds(lambda p: on_pledge("collected", p), names),
    st.builds(lambda p: on_pledge("cancelled", p), names),
    st.builds(lambda p: on_pledge("reconfirmed", p), names),
    st.builds(lambda p: on_pledge("collection_failed", p), names),
    st.builds(lambda p: on_pledge("refunded", p, amount=40), names),
    st.builds(closed, st.sampled_from(["succeeded", "failed", "cancelled"])),
    st.just(CHANGE),
)


def history(drawn_facts: list[tuple[int, Event]]) -> list[Event]:
    """The facts that can be true together, in the order in which they happened, with the lapses that follow."""
    world, kept = World(), []
    for event in OPEN:
        world.send(event)
    timed: list[tuple[float, Event]] = [(each[0] * 86_400 + number, each[1]) for number, each in enumerate(drawn_facts)]
    # Directly after the window: what is collected between its end and the lapse counts by which of them is told first.
    timed += [(day + 2 * 86_400 + 0.5, lapsing(day)) for day, event in timed if event.type == "campaign.amended"]
    for second, event in sorted(timed, key=lambda each: each[0]):
        sent = event.at(at(second)).called(f"e{second}")
        if world.attempt(sent) is None:
            kept.append(sent)
            world.check()
    return kept


def lapsing(day: float) -> Event:
    return lapse(amended_at=at(day), reconfirm_by=at(day + 2 * 86_400))


def at(second: float) -> str:
    return (datetime.fromisoformat("2026-03-01T00:00:00+08:00") + timedelta(seconds=second)).isoformat()


def told(events: list[Event]) -> World:
    """In this order; what waits or is refused for now is sent again once something was recorded."""
    world = World()
    for event in OPEN:
        world.send(event)
    left = list(events)
    while left:
        before = len(left)
        for event in list(left):
            end = world.attempt(event)
            assert end is None or isinstance(end, Missing | Refused)
            if end is None:
                left.remove(event)
                world.check()
        assert len(left) < before, f"never accepted: {left}"
    return world


def truth(world: World) -> tuple[dict, dict]:
    states = {key: world.get(key) for key in world.texts}
    return states, {account: balance for account, balance in world.balances.items() if balance}


unhurried = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@drawn(st.lists(st.tuples(days, facts), min_size=4, max_size=25), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_arrive_does_not_show(drawn_facts: list[tuple[int, Event]], order: Random) -> None:
    events = history(drawn_facts)
    shuffled = list(events)
    order.shuffle(shuffled)
    assert truth(told(shuffled)) == truth(told(events))


@unhurried
@drawn(st.lists(st.tuples(days, facts), min_size=4, max_size=25), st.randoms(use_true_random=False))
def test_a_close_that_is_taken_back_never_was(drawn_facts: list[tuple[int, Event]], order: Random) -> None:
    """Whatever was told around it: without the close the world is as if it had not been sent."""
    events = history(drawn_facts)
    closes = [event for event in events if event.type == "campaign.closed"]
    if not closes:
        return
    without = [event for event in events if event.type != "campaign.closed"]
    shuffled = list(events)
    order.shuffle(shuffled)
    world = told(shuffled)
    world.send(correct(closes[0].id))
    world.check()
    states, balances = truth(world)
    states = {key: state for key, state in states.items() if not key.startswith("correction:")}
    assert (states, balances) == truth(told(without))
