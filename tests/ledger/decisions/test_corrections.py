"""Corrections: what an event did is undone, once, and the right thing can be said anew under the same id."""

from __future__ import annotations

import pytest

from ledger.decisions.corrections import INSTEAD, REVERSALS, STATELESS
from ledger.decisions.dispatch import DECISIONS
from ledger.kernel.refusals import Code
from tests.ledger.given import Event, World, given
from tests.ledger.stories import (
    bid,
    campaign,
    closed,
    come_back,
    correct,
    deposit,
    fee,
    funded,
    lent,
    licensed,
    loan,
    market,
    on_loan,
    on_pledge,
    on_withdrawal,
    party,
    platform,
    pledge,
    release,
    repayment,
    sale,
    stands,
    undo,
    withdrawal,
)

OPEN = [*market(), campaign()]
LISTED = [*market(), loan(), bid("b1", 500), bid("b2", 400, "V")]
LATER = "2026-03-20T10:00:00+08:00"
AMENDMENT = Event("campaign.amended", {"campaign": "C", "material": True, "goal": 5, "deadline": "2026-05-01"})
DELIVERY = Event("campaign.delivered", {"campaign": "C", "share": "0.5"})

# Each story, and the event on top of it that is corrected: afterwards the world is as if it had never been.
UNDONE = {
    "platform.licensed": (market(), licensed(valid_to="2027-01-01", kinds=["lending"]).at(LATER)),
    "platform.suspended": (market(), stands("suspended", LATER)),
    "platform.reinstated": ([*market(), stands("suspended", LATER)], stands("reinstated", LATER)),
    "platform.closed": (market(), stands("closed", LATER)),
    "party.registered": (market(), party("Z")),
    "party.verified": (market(), Event("party.verified", {"party": "U", "method": "id_card"})),
    "party.related": (market(), Event("party.related", {"party": "U", "to": "V", "relation": "family"})),
    "investor.declared": (
        market(), Event("investor.declared", {"investor": "U", "jurisdiction": "CN", "currency": "CNY"}),
    ),
    "campaign.opened": (market(), campaign()),
    "campaign.amended": (
        [*OPEN, AMENDMENT.but(goal=900, cap=3_000, deadline=None)], AMENDMENT.at("2026-03-04T10:00:00+08:00"),
    ),
    "campaign.closed": (OPEN, closed()),
    "campaign.delivered": ([*OPEN, DELIVERY.but(share="0.2")], DELIVERY.at(LATER)),
    "pledge.made": (OPEN, pledge()),
    "pledge.collected": ([*OPEN, pledge()], on_pledge("collected")),
    "pledge.collection_failed": ([*OPEN, pledge()], on_pledge("collection_failed", retry_at="2026-03-09")),
    "pledge.cancelled": ([*OPEN, pledge()], on_pledge("cancelled")),
    "pledge.reconfirmed": ([*OPEN, pledge()], on_pledge("reconfirmed")),
    "pledge.refunded": (funded(), on_pledge("refunded", amount=100)),
    "disclosure.filed": (
        market(),
        Event("disclosure.filed", {"disclosure": "F", "about": {"kind": "party", "id": "I"}, "category": "x"}),
    ),
    "funds.released": (funded(), release(40)),
    "funds.returned": ([*funded(), release(40)], come_back(30)),
    "fee.charged": (funded(), fee(3, "issuer")),
    "deposit.received": (market(), deposit(5)),
    "withdrawal.requested": ([*market(), deposit(5)], withdrawal(5)),
    "withdrawal.paid": ([*market(), deposit(5), withdrawal(5)], on_withdrawal("paid")),
    "withdrawal.rejected": ([*market(), deposit(5), withdrawal(5)], on_withdrawal("rejected", reason="x")),
    "loan.listed": (market(), loan()),
    "bid.placed": (LISTED[:-1], LISTED[-1]),
    "bid.withdrawn": (LISTED, Event("bid.withdrawn", {"bid": "b2"})),
    "loan.disbursed": ([*LISTED, deposit(70)], on_loan("disbursed")),
    "loan.lapsed": (LISTED, on_loan("lapsed")),
    "guarantee.declared": (lent(), Event("guarantee.declared", {"loan": "L", "guarantor": "V", "share": "1"})),
    "loan.restructured": (lent(), on_loan("restructured", term_months=24, annual_rate="0.03", reason="x")),
    "loan.defaulted": (lent(), on_loan("defaulted", amount=9)),
    "loan.written_off": ([*lent(), repayment(1, name="R0"), on_loan("defaulted")], on_loan("written_off", amount=7)),
    "loan.settled": ([*lent(), repayment(1, name="R0")], on_loan("settled")),
    "repayment.received": ([*lent(), repayment(1, name="R0")], repayment(100, 10, penalty=1, fee=2)),
    "claim.transferred": ([*lent(), repayment(1, name="R0"), deposit(9, "W", "D2")], sale("U", "W", 33, "0.9")),
    "custody.reported": (
        market(),
        Event("custody.reported", {"account": "1", "balance": 1, "currency": "CNY", "as_of": "2026-03-01"}),
    ),
    "transfer.reported": (
        market(),
        Event("transfer.reported", {"transfer": "T", "payer": "U", "payee": "V", "amount": 5, "currency": "CNY"}),
    ),
    "rate.reported": (
        market(),
        Event(
            "rate.reported",
            {"base": "USD", "quote": "CNY", "rate": "7.1", "date": "2026-03-01", "provider": "PBC"},
            "registry",
        ),
    ),
    "platform.reported": (market(), Event("platform.reported", {"month": "2026-02", "metrics": {"loans": 1}})),
    "complaint.filed": (
        market(), Event("complaint.filed", {"complaint": "K", "about": {"kind": "party", "id": "I"}, "category": "x"}),
    ),
}  # fmt: skip


def seen(world: World) -> tuple[dict, dict]:
    """States and balances, without what is gone or zero, nor the marks of corrections and who lost what in vain."""
    states = {
        key: text
        for key, text in world.texts.items()
        if text != "null" and not key.startswith(("correction:", "approval:"))
    }
    return states, {account: balance for account, balance in world.balances.items() if balance}


@pytest.mark.parametrize("type", UNDONE)
def test_a_correction_leaves_the_world_as_it_was(type: str) -> None:
    story, event = UNDONE[type]
    assert event.type == type
    before = seen(given(story).world)
    approval, correction = undo("wrong", event.source)
    end = given(story, event.called("wrong"), approval).when(correction)
    end.then_accepted()
    assert seen(end.world) == before
    # What was taken back can be said again, under the same ids.
    end.world.send(event.called("right"))
    end.world.check()
    assert seen(end.world) == seen(given(story, event).world)


def test_every_type_can_be_corrected_or_says_what_to_do_instead() -> None:
    assert UNDONE.keys() == REVERSALS.keys() | STATELESS
    ours = {type for type in DECISIONS if not type.startswith(("alert.", "case.", "sanction."))}
    assert ours == UNDONE.keys() | INSTEAD.keys()


@pytest.mark.parametrize(
    ("story", "event"),
    [
        ([], platform()),
        ([*OPEN, pledge().called("p")], correct("p")),
    ],
)
def test_what_is_said_instead(story: list[Event], event: Event) -> None:
    given(story, event.called("wrong")).when(correct("wrong", source=event.source)).then_refused(
        Code.NOT_CORRECTABLE, INSTEAD[event.type]
    )


def test_once_only() -> None:
    given(OPEN, pledge().called("p"), correct("p")).when(correct("p")).then_refused(Code.ALREADY_CORRECTED)
    anew = [*OPEN, pledge().called("p"), correct("p"), pledge().called("p2")]
    given(anew).when(correct("p")).then_refused(Code.ALREADY_CORRECTED)
    given(anew).when(correct("p2")).then(("pledged/huizhong/C", 100), ("receivable/huizhong/U", -100), pledge=None)


def test_it_waits_for_its_event() -> None:
    given(market()).when(correct("nowhere")).then_waits_for("event:huizhong/nowhere")


def test_only_ones_own_events() -> None:
    beijia = [platform("beijia"), *OPEN, pledge().called("p")]
    given(beijia).when(correct("p", source="platform:beijia")).then_waits_for("event:beijia/p")


def test_tagged_with_everything_the_event_was_about() -> None:
    end = given(funded(), on_pledge("refunded", amount=5).called("r")).when(correct("r"))
    end.then(
        ("investor/huizhong/U", -5),
        ("escrow/huizhong/C", 5),
        tags=["pledge:huizhong/P", "campaign:huizhong/C", "party:huizhong/U", "correction:huizhong/r"],
    )


NOT_ANY_MORE = {
    "a pledge that was collected": ([*OPEN, pledge().called("x"), on_pledge("collected")], Code.NOT_CORRECTABLE),
    "a collection that was refunded": (
        [*OPEN, pledge(), on_pledge("collected").called("x"), on_pledge("refunded", amount=1)], Code.NOT_CORRECTABLE,
    ),
    "a collection that was released": (
        [*OPEN, pledge(), on_pledge("collected").called("x"), release(1)], Code.ESCROW_INSUFFICIENT,
    ),
    "a cancellation whose room was taken": (
        [*OPEN, pledge(amount=1500), on_pledge("cancelled").called("x"), pledge("P2", 1000)], Code.CAP_EXCEEDED,
    ),
    "a campaign with pledges": ([*market(), campaign().called("x"), pledge()], Code.NOT_CORRECTABLE),
    "a deposit that was spent": (
        [*market(), deposit(5).called("x"), withdrawal(5), on_withdrawal("paid")], Code.ESCROW_INSUFFICIENT,
    ),
    "a request that was paid": (
        [*market(), deposit(5), withdrawal(5).called("x"), on_withdrawal("paid")], Code.NOT_CORRECTABLE,
    ),
    "a party with money": ([*market(), party("Z").called("x"), deposit(1, "Z")], Code.NOT_CORRECTABLE),
    "a loan with bids": ([*market(), loan().called("x"), bid("b", 1)], Code.NOT_CORRECTABLE),
    "a bid that was paid out": (
        [*market(), loan(), bid("b", 900).called("x"), on_loan("disbursed")], Code.NOT_CORRECTABLE,
    ),
    "a withdrawn bid whose room was taken": (
        [*LISTED, Event("bid.withdrawn", {"bid": "b1"}).called("x"), bid("b3", 400)], Code.OVERFUNDED,
    ),
    "a loan that was repaid in part": (
        [*LISTED, on_loan("disbursed").called("x"), repayment(1)], Code.NOT_CORRECTABLE,
    ),
    "a repayment of a settled loan": ([*lent(), repayment(1).called("x"), on_loan("settled")], Code.NOT_CORRECTABLE),
    "a repayment that a holder took out": (
        [*lent(), repayment(900).called("x"), withdrawal(1), on_withdrawal("paid")], Code.ESCROW_INSUFFICIENT,
    ),
    "a loss that was recovered": (
        [*lent(), on_loan("written_off").called("x"), repayment(1)], Code.NOT_CORRECTABLE,
    ),
    "a default of a loan written off": (
        [*lent(), on_loan("defaulted").called("x"), on_loan("written_off")], Code.NOT_CORRECTABLE,
    ),
    "a claim that was sold on": (
        [*lent(), sale("U", "W", 500, 0).called("x"), sale("W", "V", 600, 0)], Code.CLAIM_NOT_HELD,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_ANY_MORE)
def test_later_events_stand_in_the_way(case: str) -> None:
    story, code = NOT_ANY_MORE[case]
    given(story, undo("x")[0]).when(undo("x")[1]).then_refused(code)


def test_latest_first_undoes_a_whole_story() -> None:
    story = [
        *market(),
        loan().called("1"),
        bid("b", 900).called("2"),
        on_loan("defaulted").called("0"),
    ]
    events = [*story[:-1], on_loan("disbursed").called("3")]
    later = [repayment(9).called("4"), on_loan("written_off").called("5"), repayment(3, name="R2").called("6")]
    end = given(events, later, *(correct(name) for name in ("6", "5"))).when(correct("4"))
    end.then_accepted()
    assert seen(end.world)[1] == seen(given(events).world)[1]
    end.world.check()


def test_a_party_corrected_and_registered_anew_is_waited_for_in_between() -> None:
    story = [*market(), party("Z").called("z"), correct("z")]
    given(story).when(deposit(1, "Z")).then_waits_for("party:huizhong/Z")
    given(story, party("Z", country="CN")).when(deposit(1, "Z")).then(
        ("investor/huizhong/Z", -1), ("cash/huizhong/Z", 1)
    )
