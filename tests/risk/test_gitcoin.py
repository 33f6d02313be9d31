"""The rules on a real funding round, held against the published figures of that round."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ledger.store import reading
from ops.importers.gitcoin import Gitcoin
from projections import alerts
from risk import runs
from tests.risk.conftest import RULES, Monitor

pytestmark = pytest.mark.data

ROUND = (date(2019, 9, 15), date(2019, 10, 2))


@pytest.fixture
def expected(shared_data: Callable[[str], Path]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared_data("real/gitcoin_gr3/expected.json").read_text())
    return found


@pytest.fixture
def judged(monitor: Monitor, shared_data: Callable[[str], Path], days: Callable[[date, date], list[int]]) -> Monitor:
    folder = shared_data("real/gitcoin_gr3/contributions.csv").parent
    importer = Gitcoin()
    told = [*importer.setup([folder]), *(event for row in importer.read([folder]) for event in row.events)]
    answers = monitor.book.submit(told)
    assert {answer.status for answer in answers} == {"accepted"}
    monitor.book.follow()
    for each in RULES.values():
        assert runs.run(monitor.connection, monitor.submit, each, days(*ROUND), now=monitor.now) is not None
    monitor.book.follow()
    return monitor


def shown(monitor: Monitor, rule: str) -> list[alerts.Alert]:
    return alerts.page(monitor.connection, alerts.Filters(rule=rule), limit=1_000)


def test_real_round_shows_what_was_published_about_it(judged: Monitor, expected: dict[str, Any]) -> None:
    shared = shown(judged, "I01-shared-channel")
    assert len(shared) == expected["shared_ips_all_rows"]
    events = [event for alert in shared for event in reading.at_positions(judged.connection, alert.evidence)]
    assert len({event.data.investor for event in events}) == expected["profiles_on_shared_ips_all_rows"]

    pairs = shown(judged, "I01-collusive-pair")
    many = [alert for alert in pairs if alert.figures["shared"] > 10]
    assert len(many) == expected["profile_pairs_sharing_more_than_10_grants"]
    for alert in many:
        pledges = reading.at_positions(judged.connection, alert.evidence)
        assert {f"party:gitcoin/{pledge.data.investor}" for pledge in pledges} == set(alert.subject)
        assert len(pledges) == 2 * alert.figures["shared"]

    own = shown(judged, "C01-self-pledge")
    pledges = [event for alert in own for event in reading.at_positions(judged.connection, alert.evidence)]
    made = {event.data.pledge for event in pledges if event.type == "pledge.made"}
    assert made == set(expected["self_dealing_pks"])
    assert {alert.severity for alert in own} == {"info"}  # a small part of what the grants raised: no more than a note
