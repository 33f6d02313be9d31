"""The real files: totals equal the published ones, every event is valid, and the events alone carry the figures."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from ledger.candidate import Candidate
from ledger.intake import Intake
from ops.importers.base import Event
from ops.importers.formats import importer
from ops.importers.run import run_import

pytestmark = pytest.mark.data
NOW = datetime(2026, 1, 1, tzinfo=UTC)
Find = Callable[[str], Path]


@pytest.mark.parametrize(
    ("name", "folder", "events", "rejected"),
    [
        ("gitcoin", "gitcoin_gr3", 3_846, {"amount_rounds_to_zero": 1}),
        ("sec-form-c", "sec_form_c", 13_936, {}),
        (
            "open-collective",
            "opencollective_dvl",
            2_236,
            {"amount_unreadable": 1, "mirror_rejected": 1, "no_amount": 28, "superseded": 842, "voided_payout": 2},
        ),
        pytest.param("lendingclub", "lendingclub_2015", 409_625, {}, marks=pytest.mark.slow),
        ("lendingclub", "lendingclub_2018", 32_254, {}),
        ("wdzj", "wdzj_platforms", 12_080, {}),
    ],
)
def test_totals_equal_the_published_ones_and_every_event_is_valid(
    shared_data: Find, make_ledger: Callable[..., Any], name: str, folder: str, events: int, rejected: dict[str, int]
) -> None:
    path = shared_data(f"real/{folder}/expected.json").parent
    ledger = make_ledger()
    figures = run_import(importer(name), [path], ledger, lambda _: None)
    expected = json.loads((path / "expected.json").read_text())
    assert {key: figures[key] for key in expected} == expected
    # As many accepted as sent: no id stands twice.
    assert (figures["accepted"], figures["events"]) == (events, events)
    assert figures["rejected"] == rejected
    intake = Intake(bytes(32))
    bad = [answer for answer in (intake.decode(e, None, NOW) for e in ledger.order) if type(answer) is not Candidate]
    assert bad == []


def test_the_lendingclub_sums_are_the_events_amounts_to_the_rounding(shared_data: Find) -> None:
    """A tenth of the file: what the postings will say is what the source says, but for half a cent a payment."""
    path = shared_data("real/lendingclub_2015/loans.csv.gz")
    sums: Counter[str] = Counter()
    texts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for number, row in enumerate(importer("lendingclub").read([path])):
        if number % 10:
            continue
        for event in row.events:
            if event["id"].endswith(":repaid"):
                data = event["data"]
                sums.update(principal=data["principal"], interest=data["interest"], payments=1)
                texts["principal"] += Decimal(data["extra"]["total_rec_prncp"])
                texts["interest"] += Decimal(data["extra"]["total_rec_int"])
            if event["id"].endswith(":listed"):
                sums["lent"] += event["data"]["amount"]
    for part in ("principal", "interest"):
        assert abs(sums[part] - texts[part] * 100) <= sums["payments"] / 2
    assert sums["principal"] < sums["lent"]


@pytest.fixture
def gitcoin_events(shared_data: Find) -> list[Event]:
    path = shared_data("real/gitcoin_gr3/contributions.csv").parent
    return [event for row in importer("gitcoin").read([path]) for event in row.events]


def data_of(events: list[Event], type: str) -> list[dict[str, Any]]:
    return [event["data"] for event in events if event["type"] == type]


def test_rules_that_see_events_only_find_self_dealing(gitcoin_events: list[Event]) -> None:
    issuers = {each["campaign"]: each["issuer"] for each in data_of(gitcoin_events, "campaign.opened")}
    people = {(each["party"], each["to"]) for each in data_of(gitcoin_events, "party.related")}
    pledges = data_of(gitcoin_events, "pledge.made")
    own = {each["pledge"] for each in pledges if (each["investor"], issuers[each["campaign"]]) in people}
    assert own == {"c-2260", "c-1958", "c-1757"}


@pytest.mark.parametrize(("phantom_too", "addresses", "profiles"), [(True, 10, 27), (False, 7, 18)])
def test_rules_that_see_events_only_find_shared_addresses(
    gitcoin_events: list[Event], *, phantom_too: bool, addresses: int, profiles: int
) -> None:
    """The published figures take the two missing addresses as one that is shared by two profiles."""
    by_address: defaultdict[str, set[str]] = defaultdict(set)
    collected = {each["pledge"] for each in data_of(gitcoin_events, "pledge.collected")}
    for each in data_of(gitcoin_events, "pledge.made"):
        if phantom_too or each["pledge"] in collected:
            by_address[each.get("channel", {}).get("ip", "none")].add(each["investor"])
    shared = {address: people for address, people in by_address.items() if len(people) > 1}
    assert (len(shared), len(set().union(*shared.values()))) == (addresses, profiles)
    shared.pop("none")
    assert len(shared) == addresses - 1


def test_rules_that_see_events_only_find_profiles_with_the_same_picks(gitcoin_events: list[Event]) -> None:
    picks: defaultdict[str, set[str]] = defaultdict(set)
    for each in data_of(gitcoin_events, "pledge.made"):
        picks[each["investor"]].add(each["campaign"])
    assert sum(len(one & other) > 10 for one, other in combinations(picks.values(), 2)) == 31
