"""The market as a whole: the same for the same seed, in time order, of a fitting size."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter
from datetime import date, timedelta

import pytest

from ops.simulator import city
from ops.simulator.frauds import PLANTS
from ops.simulator.market import Market, build
from ops.simulator.model import CST, PAST, Fact

LAST = date(2026, 6, 30)


def digest(market: Market) -> str:
    """Of everything that is sent, in the order of sending."""
    stream = [(each.at.isoformat(), each.key, each.event) for each in market.deliveries]
    return hashlib.sha256(json.dumps(stream, sort_keys=True).encode()).hexdigest()


def test_same_seed_gives_same_market() -> None:
    assert digest(build(3, LAST, scale=0.1)) == digest(build(3, LAST, scale=0.1))


def test_other_seed_gives_other_market() -> None:
    assert digest(build(3, LAST, scale=0.1)) != digest(build(4, LAST, scale=0.1))


def test_other_end_date_moves_the_market() -> None:
    market = build(3, LAST + timedelta(days=1), scale=0.1)
    assert market.facts[-1].at.astimezone(CST).date() == LAST + timedelta(days=1)
    first = min(fact.at for fact in market.facts if fact.source == "platform:huizhong")
    assert first.astimezone(CST).date() == LAST - timedelta(days=88)


def test_size_at_scale_one_is_that_of_a_demo() -> None:
    assert 45_000 <= len(build(1, LAST).deliveries) <= 80_000


@pytest.mark.parametrize(("days", "scale"), [(30, 0.05), (90, 0.02), (120, 0.1)])
def test_small_and_long_markets_are_whole(days: int, scale: float) -> None:
    market = build(11, LAST, days=days, scale=scale)
    assert {each.name for each in market.planted} == set(PLANTS)
    assert {fact.source for fact in market.facts} == {"registry", *(each.source for each in city.SOURCES)}


def test_facts_are_in_time_order_and_within_the_days(facts: list[Fact], market: Market) -> None:
    assert all(a.at <= b.at for a, b in itertools.pairwise(facts))
    assert market.world.span.begin - timedelta(days=PAST) <= facts[0].at
    assert facts[-1].at < market.world.span.end


def test_ids_are_unique_per_source(facts: list[Fact]) -> None:
    assert max(Counter((fact.source, fact.id) for fact in facts).values()) == 1


def test_days_hold_every_delivery_once_in_order(market: Market) -> None:
    days = list(market.days())
    assert [day.date for day in days] == sorted({day.date for day in days})
    played = [each for day in days for events in day.by_source.values() for each in events]
    assert len(played) == len(market.deliveries)
    for day in days:
        for events in day.by_source.values():
            assert all(a.at <= b.at for a, b in itertools.pairwise(events))


def test_every_kind_of_event_of_the_contract_that_a_market_has_is_there(facts: list[Fact]) -> None:
    told = {fact.type for fact in facts}
    assert told >= {
        "platform.registered",
        "platform.licensed",
        "party.registered",
        "party.verified",
        "party.related",
        "investor.declared",
        "campaign.opened",
        "campaign.amended",
        "campaign.closed",
        "campaign.delivered",
        "pledge.made",
        "pledge.collected",
        "pledge.cancelled",
        "pledge.reconfirmed",
        "pledge.refunded",
        "funds.released",
        "fee.charged",
        "disclosure.filed",
        "deposit.received",
        "withdrawal.requested",
        "withdrawal.paid",
        "withdrawal.rejected",
        "loan.listed",
        "loan.disbursed",
        "loan.lapsed",
        "loan.settled",
        "bid.placed",
        "repayment.received",
        "claim.transferred",
        "custody.reported",
        "platform.reported",
        "complaint.filed",
        "transfer.reported",
        "event.corrected",
    }


def test_people_are_on_several_platforms_under_one_number(facts: list[Fact]) -> None:
    platforms = Counter(
        number
        for number, _ in {(fact.data["identity"]["number"], fact.source) for fact in facts if "identity" in fact.data}
    )
    assert sum(1 for many in platforms.values() if many > 1) > 100
