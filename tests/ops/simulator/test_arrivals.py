"""What reaches the ledger: everything, some of it late, twice or in the wrong order, and never too late to count."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from ops.simulator.arrivals import Delivery
from ops.simulator.market import Market


def plain(market: Market) -> list[Delivery]:
    return [each for each in market.deliveries if not each.fault and not each.again]


def test_every_fact_arrives_once(market: Market) -> None:
    sent = Counter((each.event["source"], each.event["id"]) for each in plain(market))
    assert set(sent) == {(fact.source, fact.id) for fact in market.facts}
    assert max(sent.values()) == 1


def test_duplicates_have_the_same_content_and_come_later(market: Market) -> None:
    first = {(each.event["source"], each.event["id"]): each for each in plain(market)}
    again = [each for each in market.deliveries if each.again]
    assert 0.003 < len(again) / len(market.deliveries) < 0.02
    for each in again:
        original = first[each.event["source"], each.event["id"]]
        assert each.event == original.event
        assert each.at > original.at


def test_some_collections_overtake_their_pledge(market: Market) -> None:
    order = {
        (each.event["type"], each.key, each.event["data"]["pledge"]): n
        for n, each in enumerate(plain(market))
        if each.event["type"] in {"pledge.made", "pledge.collected"}
    }
    pairs = [(n, order["pledge.made", source, name]) for (kind, source, name), n in order.items() if "coll" in kind]
    overtaking = sum(collected < made for collected, made in pairs)
    assert 0.005 < overtaking / len(pairs) < 0.04


def test_papers_arrive_up_to_days_late(market: Market) -> None:
    late = {fact.id: fact.at for fact in market.facts if fact.type in {"disclosure.filed", "complaint.filed"}}
    waits = [each.at - late[each.event["id"]] for each in plain(market) if each.event["id"] in late]
    assert any(wait > timedelta(hours=12) for wait in waits)
    assert max(waits) < timedelta(days=7)


def test_no_pledge_arrives_after_its_campaign_closed(market: Market) -> None:
    closed = {}
    for n, each in enumerate(plain(market)):
        data = each.event["data"]
        if each.event["type"] == "campaign.closed":
            closed[each.key, data["campaign"]] = n
        if each.event["type"] == "pledge.made":
            assert (each.key, data["campaign"]) not in closed
