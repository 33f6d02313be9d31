"""What the answers say of windows: asked, confirmed, lapsed, unknown; cancelled in time or not."""

from __future__ import annotations

from msgspec.structs import replace

from api.reading.promises import changes_of, windows_of
from ledger.states.campaigns import Campaign, Pledge
from tests.ledger.test_windows import CHANGED, MADE, PLEDGE, campaign, micros

BY = micros("2026-05-28T16:00:00Z")
CHANGE = replace(campaign("US"), material=(CHANGED,))


def said(pledge: Pledge, of: Campaign) -> str:
    return windows_of(pledge, of, None).reconfirmation


def test_the_life_of_a_question() -> None:
    assert said(PLEDGE, campaign("US")) == "not_asked"
    assert said(PLEDGE, CHANGE) == "asked"
    assert said(replace(PLEDGE, reconfirmed=(CHANGED + 1,)), CHANGE) == "confirmed"
    assert said(PLEDGE, replace(CHANGE, lapses=((CHANGED, BY),))) == "lapsed"
    assert said(PLEDGE, replace(CHANGE, jurisdiction="CN")) == "no_window_known"
    assert said(PLEDGE, replace(CHANGE, status="failed", closed_at=CHANGED + 5)) == "not_asked"


def test_by_when_is_said_before_and_after() -> None:
    asked = windows_of(PLEDGE, CHANGE, None)
    lapsed = windows_of(PLEDGE, replace(CHANGE, lapses=((CHANGED, BY),)), None)
    assert asked.reconfirm_by == lapsed.reconfirm_by is not None
    (change,) = changes_of(CHANGE)
    assert (change.reconfirm_by, change.lapsed) == (asked.reconfirm_by, False)
    (unknown,) = changes_of(replace(CHANGE, jurisdiction="CN"))
    assert unknown.reconfirm_by is None


def test_a_cancellation_outside_every_window_is_shown() -> None:
    end = micros("2026-05-30T12:00:00Z")
    for at, expected in ((MADE + 1, True), (end, True), (end + 1, False)):
        cancelled = replace(PLEDGE, status="cancelled", cancelled_at=at)
        assert windows_of(cancelled, campaign("US"), None).cancelled_in_time is expected
        assert windows_of(cancelled, campaign("CN"), None).cancelled_in_time is None
    late_change = replace(campaign("US"), material=(end,))
    asked = replace(PLEDGE, status="cancelled", cancelled_at=end + 1)
    assert windows_of(asked, late_change, None).cancelled_in_time is True, "a material change reopens it"


def test_without_a_campaign_nothing_is_said() -> None:
    assert windows_of(PLEDGE, None, None).cancellable_until is None
