"""Campaigns, pledges and the money in escrow."""

from __future__ import annotations

import pytest

from ledger.kernel.refusals import Code
from tests.ledger.given import given
from tests.ledger.stories import (
    campaign,
    closed,
    fee,
    funded,
    market,
    on_pledge,
    party,
    pledge,
    release,
)

LATER = "2026-03-25T10:00:00+08:00"


def test_a_campaign_opens_once_its_issuer_is_known() -> None:
    given(market()).when(campaign().but(cap=None)).then(
        campaign={"goal": 1_000, "cap": None, "status": "open", "issuer": "party:huizhong/I"}
    )
    given(market()).when(campaign(issuer="stranger")).then_waits_for("party:huizhong/stranger")


def test_a_date_as_deadline_is_the_end_of_that_day_where_the_sender_is() -> None:
    last = pledge().at("2026-04-01T23:59:59+08:00")
    given(market(), campaign()).when(last).then(("pledged/huizhong/C", -100), ("receivable/huizhong/U", 100))
    given(market(), campaign()).when(last.at("2026-04-01T16:00:00Z")).then_refused(Code.AFTER_DEADLINE)


def test_a_deadline_may_be_a_time() -> None:
    opened = campaign(deadline="2026-03-10T12:00:00Z")
    given(market(), opened).when(pledge().at("2026-03-10T12:00:00Z")).then(
        ("pledged/huizhong/C", -100), ("receivable/huizhong/U", 100)
    )
    given(market(), opened).when(pledge().at("2026-03-10T12:00:01Z")).then_refused(Code.AFTER_DEADLINE)


@pytest.mark.parametrize("deadline", ["2026-02-30", "soon", "2026-04-01T10:00:00", "20260401", '2026-04-01"'])
def test_a_deadline_that_is_none_is_malformed(deadline: str) -> None:
    given(market()).when(campaign(deadline=deadline)).then_refused(Code.MALFORMED)


def test_amended_terms_hold_from_then_on() -> None:
    amended = campaign()._replace(type="campaign.amended", data={
        "campaign": "C", "material": True, "goal": 500, "cap": 600, "deadline": "2026-05-01"
    })  # fmt: skip
    given(market(), campaign(), amended).when(pledge(amount=601)).then_refused(Code.CAP_EXCEEDED, "room for 600")
    given(market(), campaign(), amended).when(pledge().at("2026-04-20T00:00:00Z")).then(
        ("pledged/huizhong/C", -100), ("receivable/huizhong/U", 100)
    )


def test_a_late_report_of_an_older_amendment_changes_only_what_no_newer_one_changed() -> None:
    newer = campaign()._replace(type="campaign.amended", data={"campaign": "C", "material": True, "goal": 700})
    older = newer.but(goal=800, cap=900)
    given(market(), campaign(), newer.at(LATER)).when(older).then(campaign={"goal": 700, "cap": 900})


def test_terms_of_a_closed_campaign_stay() -> None:
    amended = campaign()._replace(type="campaign.amended", data={"campaign": "C", "material": False, "goal": 1})
    given(market(), campaign(), closed()).when(amended.at(LATER)).then_refused(Code.CAMPAIGN_NOT_OPEN)
    given(market(), campaign(), closed()).when(amended).then(campaign={"goal": 1, "status": "succeeded"})


def test_a_pledge_reported_late_counts_where_it_was_made_in_time() -> None:
    given(market(), campaign(), closed()).when(pledge()).then(
        ("pledged/huizhong/C", -100), ("receivable/huizhong/U", 100), campaign={"pledged": 100}
    )
    given(market(), campaign(), closed()).when(pledge().at(LATER)).then_refused(Code.CAMPAIGN_NOT_OPEN)


def test_a_pledge_waits_for_all_that_it_names() -> None:
    given(market()).when(pledge(investor="X")).then_waits_for("campaign:huizhong/C", "party:huizhong/X")


def test_a_pledge_is_tagged_with_everybody_concerned() -> None:
    tags = {"platform:huizhong", "campaign:huizhong/C", "party:huizhong/U", "pledge:huizhong/P"}
    entry = ("pledged/huizhong/C", -100), ("receivable/huizhong/U", 100)
    given(market(), campaign()).when(pledge()).then(*entry, tags=tags)


def test_collected_once() -> None:
    entry = (
        ("receivable/huizhong/U", -100),
        ("pledged/huizhong/C", 100),
        ("investor/huizhong/U", -100),
        ("escrow/huizhong/C", 100),
    )
    given(market(), campaign(), pledge()).when(on_pledge("collected")).then(
        *entry, campaign={"collected": 100, "escrow": 100}, pledge={"status": "collected"}, tags=["party:huizhong/U"]
    )
    given(funded()).when(on_pledge("collected")).then_refused(Code.PLEDGE_NOT_OPEN, "collected already")
    given(market()).when(on_pledge("collected")).then_waits_for("pledge:huizhong/P")


def test_cancelled_before_collection_only() -> None:
    given(market(), campaign(), pledge()).when(on_pledge("cancelled", reason="changed mind")).then(
        ("receivable/huizhong/U", -100), ("pledged/huizhong/C", 100), campaign={"pledged": 0, "pledges": 0}
    )
    given(funded()).when(on_pledge("cancelled")).then_refused(Code.PLEDGE_NOT_OPEN)


def test_reconfirmed_while_it_stands() -> None:
    given(market(), campaign(), pledge()).when(on_pledge("reconfirmed")).then(pledge={"status": "pledged"})
    given(funded()).when(on_pledge("reconfirmed")).then(pledge={"status": "collected"})
    given(market(), campaign(), pledge(), on_pledge("cancelled")).when(on_pledge("reconfirmed")).then_refused(
        Code.PLEDGE_NOT_OPEN, "cancelled"
    )


def test_refunded_in_parts_and_never_more_than_was_collected() -> None:
    part = on_pledge("refunded", amount=60)
    back = ("escrow/huizhong/C", -60), ("investor/huizhong/U", 60)
    given(funded()).when(part).then(*back, pledge={"status": "collected", "refunded": 60}, campaign={"escrow": 40})
    given(funded(), part).when(part).then_refused(Code.REFUND_EXCEEDS_COLLECTED, "40 left")
    rest = ("escrow/huizhong/C", -40), ("investor/huizhong/U", 40)
    given(funded(), part).when(part.but(amount=40)).then(*rest, pledge={"status": "refunded"})
    given(market(), campaign(), pledge()).when(part).then_refused(Code.PLEDGE_NOT_COLLECTED)


def test_released_to_the_issuer_or_to_another_party() -> None:
    given(funded()).when(release(70)).then(
        ("escrow/huizhong/C", -70), ("issuer/huizhong/I", 70), campaign={"released": 70, "escrow": 30}
    )
    given(funded()).when(release(70, to="V")).then(("escrow/huizhong/C", -70), ("issuer/huizhong/V", 70))
    given(funded()).when(release(70, to="X")).then_waits_for("party:huizhong/X")
    given(funded()).when(release(101)).then_refused(Code.ESCROW_INSUFFICIENT)
    given(funded(), release(70)).when(on_pledge("refunded", amount=31)).then_refused(Code.ESCROW_INSUFFICIENT)


def test_fees_on_a_campaign() -> None:
    given(funded()).when(fee(5, "issuer")).then(("escrow/huizhong/C", -5), ("fees/huizhong", 5), campaign={"fees": 5})
    given(funded()).when(fee(101, "issuer")).then_refused(Code.ESCROW_INSUFFICIENT)
    given(funded()).when(fee(5, "investor")).then(("outside/huizhong/C", -5), ("fees/huizhong", 5))
    given(funded()).when(fee(5, "borrower")).then_refused(Code.MALFORMED)
    given(funded()).when(fee(5, "issuer", loan="L", campaign="C")).then_refused(Code.MALFORMED)
    given(funded()).when(fee(5, "issuer").but(campaign=None)).then_refused(Code.MALFORMED)


def test_deliveries_count_in_the_order_in_which_they_happened() -> None:
    half = campaign()._replace(type="campaign.delivered", data={"campaign": "C", "share": "0.5"})
    given(funded(), half.at(LATER)).when(half.but(share="0.2")).then(campaign={"delivered": "0.5"})
    given(funded()).when(half.but(share="1.01")).then_refused(Code.MALFORMED)


def test_ends_once() -> None:
    given(market(), campaign()).when(closed("cancelled")).then(campaign={"status": "cancelled"})
    given(market(), campaign(), closed()).when(closed("failed")).then_refused(Code.CAMPAIGN_NOT_OPEN)


def test_the_same_id_may_stand_on_another_platform() -> None:
    other = [e.by("platform:beijia") for e in (party("I"), campaign())]
    names = [e.but(platform="beijia") for e in market()[:2]]
    given(market(), campaign(), names, other[:1]).when(other[1]).then(tags=["campaign:beijia/C"])
