"""What is sent has the form of the contract, but for what is spoiled on purpose."""

from __future__ import annotations

from datetime import UTC, datetime

from ledger.candidate import Rejected
from ledger.intake import Intake
from ops.simulator.market import Market

FORM = {"malformed", "unknown_type", "source_not_yours", "time_in_future"}  # found before any decision


def test_intake_takes_every_event_that_is_not_spoiled(market: Market) -> None:
    intake = Intake(b"k" * 32)
    now = datetime(2026, 7, 1, tzinfo=UTC)
    for delivery in market.deliveries:
        answer = intake.decode(dict(delivery.event), frozenset({delivery.key}), now)
        if delivery.fault in FORM:
            assert isinstance(answer, Rejected)
            assert answer.code == delivery.fault
        else:
            assert not isinstance(answer, Rejected), answer


def test_spoiled_events_of_every_sort_are_few(market: Market) -> None:
    faults = [each.fault for each in market.deliveries if each.fault]
    assert len(set(faults)) == 11
    assert len(faults) < len(market.deliveries) * 0.01
