"""Money is conserved: an auditor's own books agree with every statement but the planted false ones."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from ops.simulator.frauds.platform import custody_gap, frozen_statement, unassigned_money
from ops.simulator.market import Market, build
from ops.simulator.model import CST, Fact
from tests.ops.simulator.bookkeeper import Bookkeeper

LAST = date(2026, 6, 30)


def gaps(market: Market) -> dict[tuple[str, date], int]:
    """What is missing from each statement that does not agree, by platform and day."""
    books, posted = Bookkeeper(), 0
    said: Counter[tuple[str, date]] = Counter()
    found: dict[tuple[str, date], int] = {}
    for fact in market.facts:
        if fact.type != "custody.reported":
            continue
        day = date.fromisoformat(fact.data["as_of"])
        until = posted
        while market.facts[until].at.astimezone(CST).date() <= day:
            until += 1
        books.take(market.facts[posted:until])
        posted = until
        name = (fact.source.removeprefix("platform:"), day)
        said[name] += fact.data["balance"]  # a platform that moves to another bank has two accounts on that day
        found[name] = books.held(fact.source) - said[name]
    return {name: missing for name, missing in found.items() if missing}


@pytest.mark.parametrize("seed", [1, 2])
def test_statements_agree_with_the_books_but_for_the_planted_ones(seed: int) -> None:
    market = build(seed, LAST, scale=0.2)
    found = gaps(market)
    honest = {platform for platform, _ in found} - {frozen_statement.PLATFORM}
    assert honest == {custody_gap.PLATFORM, unassigned_money.PLATFORM}
    for module, sign in ((custody_gap, 1), (unassigned_money, -1)):
        since = next(plant.since for plant in market.planted if plant.name == module.__name__.rpartition(".")[2])
        missing = {day: amount * sign for (platform, day), amount in found.items() if platform == module.PLATFORM}
        days = (market.world.span.last - since).days
        assert set(missing) == {since + timedelta(days=n) for n in range(days)}
        assert all(amount > 0 for amount in missing.values())


def test_nothing_impossible_happens(facts: list[Fact]) -> None:
    Bookkeeper().take(facts)


def test_escrow_of_a_failed_campaign_empties(facts: list[Fact], market: Market) -> None:
    books = Bookkeeper()
    books.take(facts)
    settled = market.world.span.end - timedelta(days=4)
    silent = "platform:zhumeng"
    for fact in facts:
        name = (fact.source, fact.data.get("campaign", ""))
        dormant = name[1] == "DE-0001"
        if fact.type == "campaign.closed" and fact.at < settled and fact.source != silent and not dormant:
            assert fact.data["outcome"] == "succeeded" or books.escrow[name] == 0


def test_amounts_are_whole_and_positive(facts: list[Fact]) -> None:
    for fact in facts:
        for field in ("amount", "goal", "balance", "principal", "price"):
            if field in fact.data and fact.type != "repayment.received":
                if field == "price" and isinstance(fact.data[field], str):  # per unit
                    continue
                assert type(fact.data[field]) is int
                assert fact.data[field] > 0 or field == "balance"


def test_reported_figures_of_a_month_are_the_platforms_own(facts: list[Fact]) -> None:
    reports = [fact for fact in facts if fact.type == "platform.reported"]
    assert reports
    for report in reports:
        told = [f for f in facts if f.source == report.source and f.at.strftime("%Y-%m") == report.data["month"]]
        pledged = sum(fact.data["amount"] for fact in told if fact.type == "pledge.made")
        assert report.data["metrics"].get("pledged_amount", 0) == pledged
