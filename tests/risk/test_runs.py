"""Runs in a real database: days, cutoffs, replays, and two evaluators at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace

from ledger.candidate import Answer
from ops.simulator.market import Market
from projections import alerts
from risk import runs
from risk.compile import compile_rule, days_since_epoch
from risk.document import Loaded
from risk.evaluator import evaluate, judged, standing_still
from tests.risk.conftest import LAST, NOW, RULES, Monitor

Days = Callable[[date, date], list[int]]
FIRST = LAST - timedelta(days=89)


def evaluated(monitor: Monitor, each: Loaded, days: list[int], cutoff: int) -> list[Any]:
    with standing_still(monitor.connection, each.rule):
        return evaluate(monitor.connection, each.rule, compile_rule(each), days, cutoff)


def test_many_days_at_once_are_each_day_alone(played: Monitor, days: Days) -> None:
    monitor = played
    period = days(LAST - timedelta(days=25), LAST)
    for each in RULES.values():
        whole = evaluated(monitor, each, period, 10**9)
        alone = [found for day in period for found in evaluated(monitor, each, [day], 10**9)]
        assert whole == alone, each.rule.id


def test_skipping_hopeless_groups_changes_nothing(played: Monitor, days: Days) -> None:
    monitor = played
    for each in RULES.values():
        if each.rule.monotone:
            slow = Loaded(replace(each.rule, monotone=False), each.hash, each.sql, each.name, each.plain)
            period = days(FIRST, LAST)
            assert evaluated(monitor, each, period, 10**9) == evaluated(monitor, slow, period, 10**9)


def test_past_run_finds_the_same_after_more_arrived(monitor: Monitor, small: Market, days: Days) -> None:
    told = [delivery.event for delivery in small.deliveries]
    half = len(told) // 2
    monitor.book.submit(told[:half])
    monitor.book.follow()
    period = days(FIRST, LAST)
    first = [runs.run(monitor.connection, monitor.submit, each, period, now=monitor.now) for each in RULES.values()]
    monitor.book.submit(told[half:])
    monitor.book.follow()
    second = [runs.run(monitor.connection, monitor.submit, each, period, now=monitor.now) for each in RULES.values()]
    differ = 0
    for before, after in zip(first, second, strict=True):
        assert before is not None
        assert after is not None
        again = runs.replay(monitor.connection, before.number)
        assert again.now_hash == again.then_hash == before.result_hash, before.rule
        assert again.cutoff == before.cutoff < after.cutoff
        differ += before.result_hash != after.result_hash
    assert differ >= 5, "the second half was to change something, or this test proves nothing"


def test_second_run_tells_nothing_new(played: Monitor, days: Days) -> None:
    monitor = played
    period = days(FIRST, LAST)
    for each in RULES.values():
        first = runs.run(monitor.connection, monitor.submit, each, period, now=monitor.now)
        second = runs.run(monitor.connection, monitor.submit, each, period, now=monitor.now, due_at=NOW)
        assert first is not None
        assert second is not None
        assert (second.submitted, second.raised, second.joined) == (0, 0, 0)
        assert first.result_hash == second.result_hash
        assert first.raised + first.joined == first.submitted
    assert monitor.connection.execute("SELECT count(*) FROM refusals WHERE source = 'system'").fetchone() == (0,)


def test_closed_alert_returns_only_with_new_evidence(played: Monitor, days: Days) -> None:
    monitor = played
    rule = RULES["P02-custody-gap"]
    early, late = LAST - timedelta(days=10), LAST
    runs.run(monitor.connection, monitor.submit, rule, days(FIRST, early), now=monitor.now)
    monitor.book.follow()
    # The one that goes on: its last day is the last one judged.
    alert = max(
        alerts.page(monitor.connection, alerts.Filters(rule=rule.rule.id)), key=lambda each: (each.last_day, each.id)
    )
    for by, kind in (("lin", "close_requested"), ("zhao", "closed")):
        data = {"alert": alert.id, "by": by, "outcome": "justified_look"}
        (answer,) = monitor.submit(
            [{"specversion": "1.0", "id": kind, "source": "registry", "type": f"alert.{kind}",
              "time": NOW.isoformat(), "data": data}]
        )  # fmt: skip
        assert answer.status == "accepted", answer
    again = runs.run(monitor.connection, monitor.submit, rule, days(FIRST, early), now=monitor.now, due_at=NOW)
    assert again is not None
    assert again.submitted == 0
    later = runs.run(monitor.connection, monitor.submit, rule, days(FIRST, late), now=monitor.now)
    assert later is not None
    assert later.raised >= 1
    monitor.book.follow()
    found = alerts.page(monitor.connection, alerts.Filters(rule=rule.rule.id))
    assert sorted(each.status for each in found if each.matter == alert.matter) == ["closed", "open"]


def test_two_evaluators_at_once_leave_one_open_alert_per_key(played: Monitor, days: Days) -> None:
    """Each sees the keys as they were before; the append decides."""
    monitor = played
    period = days(FIRST, LAST)
    barrier = threading.Barrier(2)
    done: list[runs.Ran | None] = []

    def one(number: int) -> None:
        def submit(events: Any) -> list[Answer]:
            return monitor.book.submit(events)

        with psycopg.connect(monitor.dsn, autocommit=True) as connection:
            barrier.wait()
            for each in RULES.values():
                # The second one judges half of the days: other windows, overlapping evidence.
                mine = period if number == 0 else period[::2]
                due_at = NOW + timedelta(seconds=number)
                done.append(runs.run(connection, submit, each, mine, now=monitor.now, due_at=due_at))

    threads = [threading.Thread(target=one, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 2 * len(RULES)
    monitor.book.follow()
    found = alerts.page(monitor.connection, alerts.Filters(), limit=10_000)
    matters = [alert.matter for alert in found]
    assert len(matters) == len(set(matters)) > 10
    assert {alert.number for alert in found} == {1}


def test_run_is_done_once_per_due_time(played: Monitor, days: Days) -> None:
    monitor = played
    rule = RULES["I03-structuring"]
    period = days(LAST, LAST)
    assert runs.run(monitor.connection, monitor.submit, rule, period, now=monitor.now, due_at=NOW) is not None
    assert runs.run(monitor.connection, monitor.submit, rule, period, now=monitor.now, due_at=NOW) is None


def test_run_in_another_s_hands_is_left_alone(played: Monitor, days: Days) -> None:
    monitor = played
    rule = RULES["I03-structuring"]
    with psycopg.connect(monitor.dsn, autocommit=True) as other:
        other.execute(runs.SQL["try_run_lock"], {"rule": rule.rule.id, "what": NOW.isoformat()})
        assert runs.run(monitor.connection, monitor.submit, rule, days(LAST, LAST), now=monitor.now, due_at=NOW) is None
        other.execute(runs.SQL["release_run_lock"], {"rule": rule.rule.id, "what": NOW.isoformat()})
    assert runs.run(monitor.connection, monitor.submit, rule, days(LAST, LAST), now=monitor.now, due_at=NOW) is not None


def test_failed_run_says_why_and_is_taken_up_again(played: Monitor, days: Days) -> None:
    monitor = played
    rule = RULES["I03-structuring"]
    period = days(FIRST, LAST)

    def broken(_events: Any) -> list[Answer]:
        raise RuntimeError("the pipe is cut")

    with pytest.raises(RuntimeError, match="the pipe is cut"):
        runs.run(monitor.connection, broken, rule, period, now=monitor.now, due_at=NOW)
    row = monitor.connection.execute("SELECT status, error FROM rule_runs").fetchone()
    assert row == ("failed", "RuntimeError: the pipe is cut")
    again = runs.run(monitor.connection, monitor.submit, rule, period, now=monitor.now, due_at=NOW)
    assert again is not None
    assert again.raised > 0
    assert monitor.connection.execute("SELECT status, error FROM rule_runs").fetchall() == [("done", None)]


def test_refused_finding_is_our_mistake_and_loud(played: Monitor, days: Days) -> None:
    monitor = played

    def refuse(events: Any) -> list[Answer]:
        return [Answer(None, "refused", None, "malformed", "no such severity") for _ in events]

    with pytest.raises(runs.NotTaken, match="no such severity"):
        runs.run(monitor.connection, refuse, RULES["I03-structuring"], days(FIRST, LAST), now=monitor.now)


def test_days_before_a_version_are_not_judged() -> None:
    rule = RULES["P07-borrower-cap"].rule
    before = days_since_epoch(date(2016, 8, 16))
    assert judged(rule, [before + 1, before, before + 1]) == [before + 1]


def test_rule_waits_for_a_view_that_was_never_built(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection, pytest.raises(LookupError, match="view"):
        standing_still(connection, RULES["I03-structuring"].rule).__enter__()
