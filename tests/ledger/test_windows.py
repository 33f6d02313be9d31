"""Windows of pledges by the rulebooks: at their bounds, by jurisdiction, by whom."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from ledger.rulebook.loading import books
from ledger.states.campaigns import Campaign, Pledge
from ledger.states.parties import Declaration
from ledger.windows import asked, cancellable, reconfirmable


def micros(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000


OPENED, MADE, DEADLINE = micros("2026-03-01T00:00:00Z"), micros("2026-03-02T10:15:00Z"), micros("2026-06-01T12:00:00Z")
CHANGED = micros("2026-05-20T16:00:00Z")  # a Wednesday; Monday the 25th is Memorial Day in the United States


def campaign(jurisdiction: str, kind: str = "equity") -> Campaign:
    return Campaign(kind, "party:p/I", "USD", 1, None, 0, "all_or_nothing", jurisdiction, OPENED, DEADLINE)


PLEDGE = Pledge("campaign:p/C", "party:p/U", 100, "USD", MADE)


@pytest.mark.parametrize("jurisdiction", ["DE", "FR", "EU"])
def test_four_days_to_think_in_the_european_union(jurisdiction: str) -> None:
    found = cancellable(PLEDGE, campaign(jurisdiction), None, books())
    assert found is not None
    assert found.until == datetime(2026, 3, 6, 10, 15, tzinfo=UTC)
    assert found.rule == "eu.ecspr.reflection"
    assert "22" in found.citation


def test_not_for_those_who_said_that_they_are_sophisticated() -> None:
    declared = Declaration(0, "DE", "EUR", sophisticated=True)
    assert cancellable(PLEDGE, campaign("DE"), declared, books()) is None
    assert cancellable(PLEDGE, campaign("DE"), replace(declared, sophisticated=None), books()) is not None


def test_until_48_hours_before_the_deadline_in_the_united_states() -> None:
    found = cancellable(PLEDGE, campaign("US"), None, books())
    assert found is not None
    assert found.until == datetime(2026, 5, 30, 12, tzinfo=UTC)


def test_five_business_days_to_confirm_again_pass_over_holidays() -> None:
    found = reconfirmable(CHANGED, campaign("US"), books())
    assert found is not None
    assert found.until == datetime(2026, 5, 28, 16, tzinfo=UTC)
    assert found.rule == "us.regcf.material_change"


@pytest.mark.parametrize(
    ("jurisdiction", "kind"), [("CN", "equity"), ("GB", "equity"), ("US", "reward"), ("MY", "equity")]
)
def test_no_window_where_no_law_is_known_for_certain(jurisdiction: str, kind: str) -> None:
    assert cancellable(PLEDGE, campaign(jurisdiction, kind), None, books()) is None
    assert reconfirmable(CHANGED, campaign(jurisdiction, kind), books()) is None


def test_no_window_before_the_law() -> None:
    early = micros("2021-11-09T23:59:59Z")
    before = replace(campaign("DE"), opened_at=early)
    assert cancellable(replace(PLEDGE, made_at=early), before, None, books()) is None
    assert cancellable(replace(PLEDGE, made_at=micros("2021-11-10T00:00:00Z")), before, None, books()) is not None


def test_who_is_asked_to_confirm_again() -> None:
    changed = replace(campaign("US"), material=(CHANGED,))
    assert asked(PLEDGE, changed) == (CHANGED,)
    assert asked(replace(PLEDGE, status="collected"), changed) == (CHANGED,)
    assert asked(replace(PLEDGE, status="cancelled"), changed) == ()
    assert asked(replace(PLEDGE, made_at=CHANGED), changed) == (), "made when the change was known"
    assert asked(replace(PLEDGE, reconfirmed=(CHANGED,)), changed) == ()
    assert asked(replace(PLEDGE, reconfirmed=(CHANGED - 1,)), changed) == (CHANGED,)
    assert asked(PLEDGE, replace(changed, lapses=((CHANGED, CHANGED + 5),))) == ()
