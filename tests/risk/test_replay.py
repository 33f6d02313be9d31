"""A hundred random past runs of every kind, repeated after much else has happened, find the same to the byte."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops.simulator.market import Market
from projections import alerts
from risk import document, runs, shadow
from risk.compile import compile_rule
from risk.kept import Plan
from risk.shapes import Inconclusive
from tests.risk.conftest import LAST, RULES, Monitor
from tests.risk.evaluating import quick
from tests.risk.test_near import corrections, shuffled

TODAY = (LAST - datetime(1970, 1, 1, tzinfo=UTC).date()).days
NEAR = ("I17-pledge-velocity", "I03-structuring", "C01-self-pledge", "I01-shared-channel")


@pytest.mark.slow
def test_hundred_random_past_runs_are_reproduced(monitor: Monitor, small: Market, seed: int) -> None:
    chance = random.Random(seed)
    told = shuffled(chance, [delivery.event for delivery in small.deliveries])
    candidate = newer(RULES["I01-shared-channel"], maturity="shadow")
    due = datetime(2026, 11, 22, tzinfo=UTC)
    pieces = 12
    for number in range(pieces):
        piece = told[number * len(told) // pieces : (number + 1) * len(told) // pieces]
        monitor.book.submit([*piece, *corrections(chance, piece)])
        monitor.book.follow()
        for name in NEAR:
            runs.near(monitor.connection, monitor.submit, quick(RULES[name]), now=monitor.now)
        for each in [RULES["I01-shared-channel"], *chance.sample(list(RULES.values()), 9)]:
            days = [TODAY - chance.randrange(60)]
            runs.run(
                monitor.connection, monitor.submit, each, days, now=monitor.now, due_at=due + timedelta(hours=number)
            )
        shadow.follow(monitor.connection, candidate, monitor.now)
    for each in chance.sample(list(RULES.values()), 6):
        days = list(range(TODAY - 40, TODAY))
        runs.run(monitor.connection, monitor.submit, each, days, now=monitor.now, kind="backfill")
        # A version of today with other thresholds must not matter to the runs of yesterday.
        changed = newer(each, params={name: value + 1 for name, value in each.rule.params.items()})
        runs.run(monitor.connection, monitor.submit, changed, days[-2:], now=monitor.now)
    monitor.book.forget()
    monitor.book.follow()
    rows = monitor.connection.execute("SELECT number, kind, findings FROM rule_runs WHERE status = 'done'").fetchall()
    assert {row[1] for row in rows} == {"near", "scheduled", "shadow", "backfill", "manual"}
    chosen = chance.sample(rows, 100)
    assert sum(row[2] > 0 for row in chosen) > 10, "some were to find something"
    for number, kind, _ in chosen:
        again = runs.replay(monitor.connection, number)
        assert again.then_hash == again.now_hash, (kind, number, again.rule)


def newer(each: document.Loaded, **changes: Any) -> document.Loaded:
    plain = {**each.plain, "version": each.rule.version + 1, **changes}
    return document.restore(plain, each.sql)


def test_run_without_an_answer_says_so_once_and_is_repeated_like_any(
    played: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor, each = played, RULES["I03-structuring"]

    def too_large(*_: Any, **__: Any) -> Any:
        raise Inconclusive("more than 5 rows; 3 were left out")

    monkeypatch.setattr(runs, "evaluate", too_large)
    first = runs.run(monitor.connection, monitor.submit, each, [TODAY], now=monitor.now)
    second = runs.run(monitor.connection, monitor.submit, each, [TODAY - 1], now=monitor.now)
    assert first is not None
    assert second is not None
    assert (first.status, first.reason, first.raised) == ("inconclusive", "more than 5 rows; 3 were left out", 1)
    assert (second.status, second.raised, second.joined) == ("inconclusive", 0, 0), "said once for each version"
    again = runs.replay(monitor.connection, first.number)
    assert again.then_hash == again.now_hash
    monitor.book.follow()
    (alert,) = alerts.page(monitor.connection, alerts.Filters(rule=each.rule.id))
    assert (alert.severity, alert.score) == ("info", 0)
    assert "more than 5 rows" in alert.reason_en
    assert "more than 5 rows" in alert.reason_zh


def test_version_that_can_not_be_read_any_more_is_named(played: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = runs.run(played.connection, played.submit, RULES["I03-structuring"], [TODAY], now=played.now)
    assert ran is not None
    monkeypatch.setattr("risk.compile.inputs.INPUTS", {})
    with pytest.raises(LookupError, match=r"I03-structuring version \d+, which this program can't read any more"):
        runs.replay(played.connection, ran.number)


def test_alerts_have_one_strict_order(played: Monitor) -> None:
    """Across rules too: no two are equal, and the pages are in that order whatever their size."""
    for each in RULES.values():
        runs.run(played.connection, played.submit, each, range(TODAY - 20, TODAY + 1), now=played.now)
    played.book.follow()
    whole = alerts.page(played.connection, alerts.Filters(), limit=10_000)
    places = [(-each.severity_rank, -each.score, each.id) for each in whole]
    assert places == sorted(set(places)), "a strict total order"
    assert len(whole) > 10
    paged: list[str] = []
    after = None
    while found := alerts.page(played.connection, alerts.Filters(), after, limit=3):
        paged += [each.id for each in found]
        after = alerts.after_of(found[-1])
    assert paged == [each.id for each in whole]


def test_order_within_a_rule_is_strict(played: Monitor) -> None:
    """Score, declared ties, key: replaying in another order of rows could not change it."""
    for each in RULES.values():
        found = runs.answer(played.connection, each, compile_rule(each), Plan(0, [TODAY], whole(played))).findings
        keys = [(one.day, one.score, tuple(one.key.items())) for one in found]
        assert len(keys) == len(set(keys)), each.rule.id
        assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def whole(monitor: Monitor) -> int:
    row = monitor.connection.execute("SELECT min(position) FROM view_cursors").fetchone()
    assert row is not None
    return int(row[0])
