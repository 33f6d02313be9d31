"""Two evaluators at once, events that come late, people who close alerts in between: one open alert per key, always."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import psycopg
import pytest

from ledger.candidate import Answer
from ops.simulator.market import Market
from projections import alerts
from risk import runs
from risk.compile import days_since_epoch
from tests.risk.conftest import LAST, NOW, RULES, Monitor

ROUNDS = 4
LATE = 0.15  # of the events are told a round or more too late
WATCHED = ("C01-self-pledge", "I01-shared-channel", "I03-structuring", "I17-pledge-velocity", "P02-custody-gap")
FIRST_DAY = days_since_epoch(LAST) - 89


def rounds(rng: Random, market: Market) -> list[list[dict[str, Any]]]:
    """The market's events in parts, some of them in a later part than they belong to."""
    events = [delivery.event for delivery in market.deliveries]
    parts: list[list[dict[str, Any]]] = [[] for _ in range(ROUNDS)]
    for place, event in enumerate(events):
        own = place * ROUNDS // len(events)
        parts[rng.randint(own, ROUNDS - 1) if rng.random() < LATE else own].append(event)
    return parts


def judge_twice(monitor: Monitor, rng: Random, turn: int) -> list[BaseException]:
    """Two evaluators, each with days of its own that overlap the other's, in an order of its own."""
    barrier = threading.Barrier(2)
    failures: list[BaseException] = []
    last = FIRST_DAY + 90 * (turn + 1) // ROUNDS
    plans = [
        (number, sorted(rng.sample(range(FIRST_DAY, last), (last - FIRST_DAY) * 2 // 3)), rng.sample(WATCHED, 5))
        for number in (0, 1)
    ]

    def one(number: int, days: Sequence[int], names: Sequence[str]) -> None:
        def submit(events: Sequence[dict[str, Any]]) -> Sequence[Answer]:
            return monitor.book.submit(list(events))

        try:
            with psycopg.connect(monitor.dsn, autocommit=True) as connection:
                barrier.wait()
                for name in names:
                    due_at = NOW + timedelta(seconds=2 * turn + number)
                    runs.run(connection, submit, RULES[name], days, now=monitor.now, due_at=due_at)
        except BaseException as error:  # noqa: BLE001 - told by the test, in whose thread it counts
            failures.append(error)

    threads = [threading.Thread(target=one, args=plan) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def close_some(monitor: Monitor, rng: Random, found: Sequence[alerts.Alert], turn: int) -> None:
    """People settle every other alert that one person may close."""
    for alert in found:
        if alert.status == "open" and alert.severity != "critical" and rng.random() < 0.5:
            event = {
                "specversion": "1.0", "id": f"close-{turn}-{alert.id}", "source": "registry", "type": "alert.closed",
                "time": NOW.isoformat(), "data": {"alert": alert.id, "by": "lin", "outcome": "justified_look"},
            }  # fmt: skip
            (answer,) = monitor.submit([event])
            assert answer.status == "accepted", answer


def check(found: Sequence[alerts.Alert]) -> None:
    by_matter: dict[str, list[alerts.Alert]] = defaultdict(list)
    for alert in found:
        by_matter[alert.matter].append(alert)
    for matter, own in by_matter.items():
        own.sort(key=lambda alert: alert.number)
        assert [alert.number for alert in own] == list(range(1, len(own) + 1)), matter
        assert all(alert.status == "closed" for alert in own[:-1]), f"{matter} has more than one open alert"
        shown: set[int] = set()
        for alert in own:
            assert set(alert.evidence) - shown, f"{matter} was opened anew on evidence that was there before"
            shown |= set(alert.evidence)


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_any_interleaving_leaves_one_open_alert_per_key(monitor: Monitor, small: Market, seed: int) -> None:
    rng = Random(seed)
    for turn, part in enumerate(rounds(rng, small)):
        monitor.book.submit(part)
        monitor.book.follow()
        assert judge_twice(monitor, rng, turn) == []
        monitor.book.follow()
        found = alerts.page(monitor.connection, alerts.Filters(), limit=10_000)
        check(found)
        close_some(monitor, rng, found, turn)
        monitor.book.follow()
    found = alerts.page(monitor.connection, alerts.Filters(), limit=10_000)
    check(found)
    assert len({alert.rule for alert in found}) == len(WATCHED)
    assert any(alert.number > 1 for alert in found), "some matter was closed and came back, or this proves little"
