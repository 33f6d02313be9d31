"""Money that left needs two people: a correction waits for the second one, and obeys."""

from __future__ import annotations

import pytest

from ledger.kernel.refusals import Code
from tests.ledger.given import HUIZHONG, Event, Given, given
from tests.ledger.stories import (
    bid,
    campaign,
    closed,
    correct,
    fee,
    funded,
    lent,
    loan,
    market,
    on_loan,
    on_pledge,
    pledge,
    release,
)

KEY = "approval:huizhong/x"
RELEASED = [*funded(100), release(40).called("r")]


def ask(corrects: str = "r", asker: str | None = "asker") -> Event:
    return correct(corrects, "x")._replace(asker=asker)


def say(what: str, *, by: str = "second", source: str = HUIZHONG, **data: str | None) -> Event:
    """`what` is approved or rejected."""
    said = {"correction": "huizhong/x", "corrects": "r", "by": by, "asked_by": "asker"}
    reason = {"reason": "not proven"} if what == "rejected" else {}
    return Event(f"correction.{what}", said | reason, source).but(**data)


# What is corrected, after which story: money left, so that it waits.
LEFT = {
    "a release": (funded(), release(40)),
    "a disbursed loan": ([*market(), loan(), bid("b", 900)], on_loan("disbursed")),
    "a pledge of a campaign with a release": (RELEASED, pledge("P2")),
    "a collection": ([*RELEASED, pledge("P2", 50)], on_pledge("collected", "P2")),
    "a cancellation": ([*RELEASED, pledge("P2", 50)], on_pledge("cancelled", "P2")),
    "a refund": (RELEASED, on_pledge("refunded", amount=5)),
    "an issuer's fee": (RELEASED, fee(3, "issuer")),
    "an investors' fee": (RELEASED, fee(3, "investor")),
    "a close": (RELEASED, closed()),
    "a delivery": (RELEASED, Event("campaign.delivered", {"campaign": "C", "share": "0.5"})),
}
STAYED = {
    "a pledge of another campaign": ([*RELEASED, campaign("D")], pledge("P2", campaign="D")),
    "a pledge before any release": (funded(), pledge("P2")),
    "a disclosure about it": (
        RELEASED,
        Event("disclosure.filed", {"disclosure": "F", "about": {"kind": "campaign", "id": "C"}, "category": "x"}),
    ),
    "a default": (lent(), on_loan("defaulted")),
}


@pytest.mark.parametrize("case", LEFT)
def test_it_waits_where_money_left_and_is_done_once_approved(case: str) -> None:
    story, event = LEFT[case]
    told = given(story, event.called("wrong"))
    asked = correct("wrong", "x").asked_by("asker")
    told.when(asked).then_waits_for(KEY)
    given(story, event.called("wrong"), say("approved", corrects="wrong")).when(asked).then_accepted()


@pytest.mark.parametrize("case", STAYED)
def test_one_person_is_enough_elsewhere(case: str) -> None:
    story, event = STAYED[case]
    given(story, event.called("wrong")).when(correct("wrong", "x").asked_by("asker")).then_accepted()


def test_a_release_that_was_taken_back_is_none() -> None:
    story = [*RELEASED, say("approved"), ask(), pledge("P2").called("p2")]
    given(story).when(correct("p2")).then_accepted()


def test_the_answer_says_who_must_do_what() -> None:
    end = given(RELEASED).world.attempt(ask())
    assert "another key of platform:huizhong" in getattr(end, "detail", "")
    assert "POST /v1/corrections/platform:huizhong/x/approve" in getattr(end, "detail", "")


def test_what_cannot_be_is_refused_before_anybody_is_asked() -> None:
    # What was released can't be taken from escrow again, so nobody need approve of the collection's end.
    story = [*funded(100), release(100)]
    given([*story[:-1], story[-1]]).when(correct("e10", "x")).then_refused(Code.ESCROW_INSUFFICIENT)


def test_nobody_approves_of_what_she_asked_for() -> None:
    given(RELEASED).when(say("approved", by="asker")).then_refused(Code.SECOND_PERSON_NEEDED)
    given(RELEASED).when(say("rejected", by="asker")).then_refused(Code.SECOND_PERSON_NEEDED)


def test_where_the_asker_is_unknown_the_registry_decides() -> None:
    told = given(RELEASED)
    told.when(say("approved", asked_by=None)).then_refused(Code.SECOND_PERSON_NEEDED)
    told.when(say("approved", asked_by=None, source="registry")).then_accepted()
    told.when(ask(asker=None)).then_accepted()


def test_another_platform_has_no_say() -> None:
    story = [*RELEASED, market()[0]._replace(data=market()[0].data | {"platform": "beijia"})]
    given(story).when(say("approved", source="platform:beijia")).then_refused(Code.SOURCE_NOT_YOURS)


@pytest.mark.parametrize("first", ["approved", "rejected"])
@pytest.mark.parametrize("second", ["approved", "rejected"])
def test_it_is_said_once(first: str, second: str) -> None:
    given(RELEASED, say(first)).when(say(second, by="third")).then_refused(Code.CORRECTION_SETTLED, f"was {first}")


def test_a_rejected_correction_is_refused_for_good() -> None:
    told = given(RELEASED, say("rejected"))
    told.when(ask()).then_refused(Code.CORRECTION_REJECTED, "not proven")
    told.when(correct("r", "y").asked_by("asker")).then_waits_for("approval:huizhong/y")


def test_a_rejection_holds_where_nobody_would_be_asked_any_more() -> None:
    other = Event("correction.approved", {
        "correction": "huizhong/z", "corrects": "r", "by": "second", "asked_by": "asker",
    })  # fmt: skip
    story = [*RELEASED, pledge("P2").called("p2"), say("rejected", corrects="p2"), other]
    told = given(story, correct("r", "z").asked_by("asker"))
    told.when(ask("p2")).then_refused(Code.CORRECTION_REJECTED)


def test_what_was_approved_is_this_correction_of_this_event() -> None:
    story = [*RELEASED, release(7).called("r2"), say("approved")]
    given(story).when(ask("r2")).then_refused(Code.SECOND_PERSON_NEEDED)
    given(story).when(ask(asker="second")).then_refused(Code.SECOND_PERSON_NEEDED)  # would be her own second person
    given(story).when(ask(asker="third")).then_refused(Code.SECOND_PERSON_NEEDED)
    given(story).when(ask(asker=None)).then_refused(Code.SECOND_PERSON_NEEDED)
    given(story).when(ask()).then_accepted()


def test_an_approval_concerns_what_the_correction_does() -> None:
    given(RELEASED).when(say("approved")).then(tags=["campaign:huizhong/C", "correction:huizhong/r", KEY])


def test_who_asked_is_kept_and_may_not_be_claimed() -> None:
    told: Given = given(RELEASED, say("approved"), ask())
    assert told.world.events[HUIZHONG, "x"].data.asked_by == "asker"
    told.when(correct("r", "z").but(asked_by="me")).then_refused(Code.MALFORMED, "asked_by")


def test_a_replacement_is_another_event() -> None:
    told = given(funded(), pledge("P2").called("p2"))
    told.when(correct("p2").but(replacement="p2")).then_refused(Code.MALFORMED, "replacement")
    told.when(correct("p2").but(replacement="p3")).then(
        ("pledged/huizhong/C", 100), ("receivable/huizhong/U", -100), tags=["event:huizhong/p3"]
    )
