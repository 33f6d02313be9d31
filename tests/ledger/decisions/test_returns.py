"""Money that comes back: released money into escrow, and from there to those who had paid it."""

from __future__ import annotations

from ledger.kernel.refusals import Code
from tests.ledger.given import given
from tests.ledger.stories import closed, come_back, fee, funded, on_pledge, release, undo

OUT = [*funded(100), release(90).called("out")]


def test_a_refund_after_the_release_is_paid_from_what_came_back() -> None:
    given(OUT).when(on_pledge("refunded", amount=60)).then_refused(Code.ESCROW_INSUFFICIENT)
    told = given(OUT, come_back(50))
    told.when(on_pledge("refunded", amount=60)).then(
        ("escrow/huizhong/C", -60), ("investor/huizhong/U", 60),
        pledge={"refunded": 60, "status": "collected"}, campaign={"released": 40, "returned": 50, "refunded": 60},
    )  # fmt: skip


def test_it_comes_from_the_issuer_or_whoever_is_named() -> None:
    given(OUT).when(come_back(90)).then(
        ("issuer/huizhong/I", -90), ("escrow/huizhong/C", 90), campaign={"released": 0, "returned": 90},
        tags=["campaign:huizhong/C", "party:huizhong/I"],
    )  # fmt: skip
    given(OUT).when(come_back(5, payer="V")).then(
        ("issuer/huizhong/V", -5), ("escrow/huizhong/C", 5), tags=["party:huizhong/V"]
    )
    given(OUT).when(come_back(5, payer="nobody")).then_waits_for("party:huizhong/nobody")


def test_no_more_comes_back_than_is_out() -> None:
    given(OUT, come_back(60)).when(come_back(31)).then_refused(Code.RETURN_EXCEEDS_RELEASED, "has 30 released")
    given(funded(100)).when(come_back(1)).then_refused(Code.RETURN_EXCEEDS_RELEASED, "has 0 released")


def test_what_came_back_can_be_released_and_come_back_again() -> None:
    given(OUT, come_back(60), release(70), come_back(100)).when(release(100)).then(
        ("escrow/huizhong/C", -100), ("issuer/huizhong/I", 100), campaign={"released": 100, "returned": 160}
    )


def test_a_failed_campaign_pays_back_what_the_issuer_gives_back() -> None:
    story = [*OUT, closed("failed"), come_back(90)]
    given(story).when(on_pledge("refunded", amount=100)).then(
        ("escrow/huizhong/C", -100), ("investor/huizhong/U", 100), pledge={"status": "refunded"}, campaign={"due": 0}
    )


def test_a_fee_that_was_too_high_is_corrected_and_charged_anew() -> None:
    told = given(funded(100), fee(30, "issuer").called("fee"), undo("fee"))
    told.when(fee(3, "issuer")).then(("escrow/huizhong/C", -3), ("fees/huizhong", 3), campaign={"fees": 3})


def test_a_return_is_corrected_while_its_money_is_there() -> None:
    story = [*OUT, come_back(50).called("back")]
    approval, correction = undo("back")
    given(story, approval).when(correction).then(
        ("escrow/huizhong/C", -50), ("issuer/huizhong/I", 50), campaign={"released": 90, "returned": 0}
    )
    gone = [*story, on_pledge("refunded", amount=60), approval]
    given(gone).when(correction).then_refused(Code.ESCROW_INSUFFICIENT)


def test_a_release_of_which_some_came_back_stands() -> None:
    approval, correction = undo("out")
    given(OUT, come_back(1), approval).when(correction).then_refused(Code.NOT_CORRECTABLE, "came back since")


def test_money_that_came_back_needs_two_people_too() -> None:
    told = given(OUT, come_back(90).called("back"))
    told.when(undo("back")[1]).then_waits_for("approval:huizhong/undo-back")
