"""Every planted fraud is in the stream, with the property that defines it, computed here on its own."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from datetime import datetime, timedelta

import pytest

from ops.simulator import city
from ops.simulator.frauds import PLANTS
from ops.simulator.market import Market
from ops.simulator.model import CST, YUAN, Fact, Planted

TYPOLOGIES = [f"{family}{n:02d}" for family, last in (("P", 20), ("C", 14), ("I", 16)) for n in range(1, last + 1)]
NOT_PLANTED = {"I02"}


def planted(market: Market, name: str) -> Planted:
    return next(each for each in market.planted if each.name == name)


def parties(plant: Planted) -> set[tuple[str, str]]:
    """Those among its subjects, as (source, id)."""
    keys = (subject.removeprefix("party:") for subject in plant.subjects if subject.startswith("party:"))
    return {(f"platform:{scope}", name) for scope, _, name in (key.partition("/") for key in keys)}


def campaigns(facts: list[Fact], who: tuple[str, str]) -> set[str]:
    made = (f for f in facts if f.type == "pledge.made" and (f.source, f.data["investor"]) == who)
    return {fact.data["campaign"] for fact in made}


STATEMENTS_ONLY = {"custody_gap", "unassigned_money", "silent_platform", "frozen_statement"}


def test_every_typology_is_planted_but_those_that_no_event_can_tell(market: Market) -> None:
    codes = {each.codes[0] for each in market.planted}
    assert {each.name for each in market.planted} == set(PLANTS)
    assert set(TYPOLOGIES) - codes <= NOT_PLANTED
    assert all(each.zh and each.en and each.since <= each.until for each in market.planted)


def test_every_decoy_names_what_the_stream_names_and_no_culprit(market: Market, facts: list[Fact]) -> None:
    named = {f"{kind}:{fact.source.partition(':')[2]}/{fact.data[kind]}" for fact in facts
             for kind in ("party", "campaign", "loan") if kind in fact.data}  # fmt: skip
    culprits = {key for each in market.planted for key in each.subjects}
    for decoy in market.decoys:
        assert decoy.typology in TYPOLOGIES
        assert decoy.subjects
        for key in decoy.subjects:
            assert key.startswith("platform:") or key in named, key
            assert key not in culprits, key


def test_events_of_a_plant_are_in_the_stream(market: Market, facts: list[Fact]) -> None:
    told = {(fact.source, fact.id) for fact in facts}
    end = market.world.span.end
    for plant in market.planted:
        if plant.name not in STATEMENTS_ONLY:
            assert len(set(plant.events) & told) >= 2, (plant.name, end)


def test_subjects_are_things_that_the_stream_names(market: Market, facts: list[Fact]) -> None:
    named = {(fact.source, fact.data["party"]) for fact in facts if fact.type == "party.registered"}
    for plant in market.planted:
        assert parties(plant) <= named, plant.name


def test_shared_channel(market: Market, facts: list[Fact]) -> None:
    behind = defaultdict(set)
    for fact in facts:
        if fact.type == "pledge.made" and "channel" in fact.data:
            behind[fact.data["channel"]["device"]].add((fact.source, fact.data["investor"]))
    most = max(behind, key=lambda device: len(behind[device]))
    assert behind[most] == parties(planted(market, "shared_channel"))
    assert len(behind[most]) == 14


def test_collusive_pair(market: Market, facts: list[Fact]) -> None:
    one, other = parties(planted(market, "collusive_pair"))
    assert campaigns(facts, one) == campaigns(facts, other)
    assert len(campaigns(facts, one)) >= 5


def test_self_pledge(market: Market, facts: list[Fact]) -> None:
    plant = planted(market, "self_pledge")
    name = plant.subjects[0].partition("/")[2]
    opened = next(f for f in facts if f.type == "campaign.opened" and f.data["campaign"] == name)
    related = [f.data for f in facts if f.type == "party.related"]
    insiders = {opened.data["issuer"]}
    for _ in range(2):
        insiders |= {each["party"] for each in related if each["to"] in insiders}
    assert len(insiders) == 3
    raised: Counter[bool] = Counter()
    for fact in facts:
        if fact.type == "pledge.made" and fact.data["campaign"] == name:
            raised[fact.data["investor"] in insiders] += fact.data["amount"]
    assert raised[True] >= 0.2 * raised.total()
    closed = next(f for f in facts if f.type == "campaign.closed" and f.data["campaign"] == name)
    assert closed.data["outcome"] == "succeeded"
    assert raised[False] < opened.data["goal"], "without its own money the campaign would have failed"


def test_pledge_velocity(market: Market, facts: list[Fact]) -> None:
    (who,) = (name for _, name in parties(planted(market, "pledge_velocity")) if "-P-" in name)
    times = [fact.at for fact in facts if fact.type == "pledge.made" and fact.data["investor"] == who]
    assert len(times) == 60
    assert times[-1] - times[0] < timedelta(hours=1)


def test_structuring(market: Market, facts: list[Fact]) -> None:
    ((_, who),) = parties(planted(market, "structuring"))
    near = [
        fact.at
        for fact in facts
        if fact.type == "deposit.received"
        and fact.data["investor"] == who
        and 4_500_000 <= fact.data["amount"] < 5_000_000
    ]
    assert len(near) >= 3
    assert near[-1] - near[0] < timedelta(days=7)


def test_borrower_over_cap(market: Market, facts: list[Fact]) -> None:
    ((source, who),) = parties(planted(market, "borrower_over_cap"))
    loans = {f.data["loan"]: f.data["amount"] for f in facts if f.type == "loan.listed" and f.data["borrower"] == who}
    owed = highest = 0
    for fact in facts:
        if fact.source == source and fact.data.get("loan") in loans:
            owed += loans[fact.data["loan"]] if fact.type == "loan.disbursed" else 0
            owed -= fact.data["principal"] if fact.type == "repayment.received" else 0
            highest = max(highest, owed)
    assert max(loans.values()) < 200_000 * YUAN < highest


def test_no_honest_borrower_is_over_the_cap(market: Market, facts: list[Fact]) -> None:
    kinds = {(f.source, f.data["party"]): f.data["kind"] for f in facts if f.type == "party.registered"}
    lent: Counter[tuple[str, str]] = Counter()
    for fact in facts:
        if fact.type == "loan.listed":
            lent[fact.source, fact.data["borrower"]] += fact.data["amount"]
    caps = {"person": 200_000 * YUAN, "organisation": 1_000_000 * YUAN}
    over = {who for who, amount in lent.items() if amount > caps[kinds[who]]}
    assert over <= {who for each in market.planted if "P07" in each.codes for who in parties(each)}
    assert over >= parties(planted(market, "borrower_over_cap"))


def test_raise_over_cap(market: Market, facts: list[Fact]) -> None:
    ((_, issuer),) = parties(planted(market, "raise_over_cap"))
    rounds = [f.data["campaign"] for f in facts if f.type == "campaign.opened" and f.data["issuer"] == issuer]
    raised = Counter({f.data["pledge"]: f.data["amount"] for f in facts if f.type == "pledge.made"})
    names = {f.data["pledge"] for f in facts if f.type == "pledge.made" and f.data["campaign"] in rounds}
    collected = {f.data["pledge"] for f in facts if f.type == "pledge.collected"}
    assert sum(raised[name] for name in names & collected) > 10_000_000 * YUAN


def test_silent_platform(market: Market, facts: list[Fact]) -> None:
    plant = planted(market, "silent_platform")
    last = max(fact.at for fact in facts if fact.source == plant.subjects[0])
    assert market.world.span.last - last.astimezone(CST).date() >= timedelta(days=20)
    others = {fact.source for fact in facts if fact.at > market.world.span.end - timedelta(days=8)}
    assert len(others) == len(city.SOURCES) - 1


def test_parked_too_long(market: Market, facts: list[Fact]) -> None:
    hidden = planted(market, "parked_too_long").subjects[0].partition("/")[2]
    opened = {fact.data["campaign"] for fact in facts if fact.type == "campaign.opened"}
    waiting = [f.at for f in facts if f.type == "pledge.made" and f.data["campaign"] not in opened]
    assert {f.data["campaign"] for f in facts if f.type == "pledge.made"} - opened == {hidden}
    assert len(waiting) == 4
    assert market.world.span.end - waiting[-1] > timedelta(days=30)


def test_refund_round_trip(market: Market, facts: list[Fact]) -> None:
    plant = planted(market, "refund_round_trip")
    (payer,) = (name for _, name in parties(plant) if "-P-" in name)
    large = {f.data["pledge"]: f.data for f in facts if f.type == "pledge.made" and f.data["investor"] == payer}
    back = [fact for fact in facts if fact.type == "pledge.refunded" and fact.data["pledge"] in large]
    goals = {fact.data["campaign"]: fact.data["goal"] for fact in facts if fact.type == "campaign.opened"}
    usual = max(goal for name, goal in goals.items() if not name.startswith("RT-"))
    assert len(back) == 3
    assert all(fact.data["amount"] >= 80_000 * YUAN for fact in back)
    assert all(goals[data["campaign"]] > usual for data in large.values())


def test_circular_transfers(market: Market, facts: list[Fact]) -> None:
    circle = parties(planted(market, "circular_transfers"))
    names = {name for source, name in circle if source == "platform:tongfu"}
    moved = [f for f in facts if f.type == "transfer.reported" and f.data["payer"] in names]
    first = moved[:4]
    assert [f.data["payee"] for f in first[:-1]] == [f.data["payer"] for f in first[1:]]
    assert first[0].data["payer"] == first[-1].data["payee"]
    assert first[-1].data["amount"] > 0.7 * first[0].data["amount"]
    loan = next(f for f in facts if f.type == "loan.disbursed" and f.data["loan"].startswith("CT-"))
    assert loan.at < first[0].at < first[-1].at < loan.at + timedelta(days=28)


def longest_silence(facts: list[Fact], source: str) -> timedelta:
    told = [fact.at for fact in facts if fact.source == source]
    return max((b - a for a, b in itertools.pairwise(told)), default=timedelta.max)


@pytest.mark.parametrize("platform", ["huizhong", "qihang", "aixin", "rongda", "anjie"])
def test_honest_platforms_never_fall_silent(facts: list[Fact], platform: str) -> None:
    assert longest_silence(facts, f"platform:{platform}") < timedelta(days=3)


def test_structured_amounts_are_rare_elsewhere(market: Market, facts: list[Fact]) -> None:
    near: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
    for fact in facts:
        if fact.type == "deposit.received" and 4_500_000 <= fact.data["amount"] < 5_000_000:
            near[fact.source, fact.data["investor"]].append(fact.at)
    assert {who for who, times in near.items() if len(times) >= 3} == parties(planted(market, "structuring"))
