"""What random stories brought to light, each as short as it gets."""

from __future__ import annotations

import pytest

from ledger.kernel.refusals import Code
from tests.ledger.given import Event, given
from tests.ledger.stories import (
    bid,
    campaign,
    correct,
    lent,
    loan,
    market,
    on_loan,
    on_pledge,
    party,
    pledge,
)

EARLIER, LATER = "2026-03-10T10:00:00+08:00", "2026-03-20T10:00:00+08:00"


@pytest.mark.parametrize(
    ("story", "rests"),
    [
        ([party("Z").called("made"), campaign(), pledge(investor="Z")], "pledge.made"),
        ([party("Z").called("made"), campaign(issuer="Z")], "campaign.opened"),
        ([party("Z").called("made"), loan(), bid("b1", 5, "Z")], "bid.placed"),
        ([campaign().called("made"), pledge(), on_pledge("cancelled")], "pledge.cancelled"),
        ([loan().called("made"), bid("b1", 5), Event("bid.withdrawn", {"bid": "b1"})], "bid.withdrawn"),
    ],
)
def test_what_others_built_on_is_not_taken_away(story: list[Event], rests: str) -> None:
    """Its id would be free: whoever is registered under it next would inherit promises, bids and claims."""
    given(market(), story).when(correct("made")).then_refused(Code.NOT_CORRECTABLE, rests)


def test_a_settlement_stays_where_a_write_off_was_told_since() -> None:
    """The late write-off moved nothing, since the settlement had given it up; alone it would be booked by nobody."""
    story = [*lent(), on_loan("settled").at(LATER).called("settled"), on_loan("written_off").at(EARLIER).called("late")]
    given(story).when(correct("settled")).then_refused(Code.NOT_CORRECTABLE, "loan.written_off")
