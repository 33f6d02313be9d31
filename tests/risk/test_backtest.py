"""Backtests: the same on every engine, in chunks or whole, against the rule's own thresholds and against labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from ops.archive.write import archive
from ops.simulator.market import Market
from risk import backtest as testing
from risk.backtest import backtest, on_engine, on_postgres
from risk.document import RuleError
from risk.engines.archived import read_manifest, table_in
from risk.engines.duckdb import DuckDB
from risk.engines.extract import read_input
from risk.evaluator import standing_still
from risk.findings import Finding
from risk.labels import Label
from tests.risk.conftest import LAST, RULES, Monitor

Days = Callable[[date, date], list[int]]
FIRST = LAST - timedelta(days=70)


def test_backtest_is_the_same_from_views_tables_and_archive(played: Monitor, days: Days, tmp_path: Path) -> None:
    period, rule = days(FIRST, LAST), RULES["I17-pledge-velocity"]
    archive(played.dsn, tmp_path / "archive", lambda *_: None, size=500)
    manifest = read_manifest(tmp_path / "archive")
    seen: list[tuple[int, int]] = []
    with standing_still(played.connection, rule.rule) as cutoff, DuckDB() as duck:
        assert manifest.cutoff == cutoff
        table = read_input(played.connection, rule.rule.input, cutoff)
        ways = [
            on_postgres(played.connection, rule, cutoff),
            on_engine(duck, rule, table),
            on_engine(duck, rule, table_in(tmp_path / "archive", manifest, rule.rule.input)),
        ]
        tested = [
            backtest(
                rule,
                way,
                period,
                engine="any",
                cutoff=cutoff,
                params={"k_day": 3, "k_burst": 2},
                progress=lambda *at: seen.append(at),
            )
            for way in ways
        ]
    assert len(period) > testing.CHUNK_DAYS
    assert tested[0] == tested[1] == tested[2]
    assert tested[0].findings
    assert (0, 142) in seen
    assert seen[-1] == (142, 142)
    difference = testing.summary(tested[0], rule)["difference"]
    assert difference["added"] > 0 == difference["left_out"], "a lower threshold only adds"
    assert played.connection.execute("SELECT count(*) FROM rule_runs").fetchone() == (0,)
    assert played.connection.execute("SELECT count(*) FROM events WHERE source = 'system'").fetchone() == (0,)


def test_past_cutoff_sees_nothing_that_came_later(played: Monitor, days: Days) -> None:
    rule = RULES["I01-shared-channel"]
    with standing_still(played.connection, rule.rule) as whole:
        past = backtest(rule, on_postgres(played.connection, rule, 10), days(LAST, LAST), engine="any", cutoff=10)
        now = backtest(rule, on_postgres(played.connection, rule, whole), days(LAST, LAST), engine="any", cutoff=whole)
    assert past.findings == []
    assert now.findings
    assert past.result_hash != now.result_hash


def test_planted_fraud_as_labels(played: Monitor, small: Market, days: Days) -> None:
    rule, period = RULES["I17-pledge-velocity"], days(FIRST, LAST)
    planted = next(each for each in small.planted if each.name == "pledge_velocity")
    labels = [Label(subject, period[0], period[-1]) for subject in planted.subjects]
    with standing_still(played.connection, rule.rule) as cutoff:
        judge = on_postgres(played.connection, rule, cutoff)
        tested = backtest(rule, judge, period, engine="any", cutoff=cutoff, labels=labels)
    at_budget = testing.summary(tested, rule)["labels"]
    assert [each["budget"] for each in at_budget] == [100, 200, 500, 1000]
    assert at_budget[0]["hits"] >= 1
    assert at_budget[0]["precision_bp"] == 10_000 * at_budget[0]["hits"] // at_budget[0]["alerts"]


@pytest.mark.parametrize(
    ("params", "days", "says"),
    [
        ({"zz": 1}, [20_000], "no parameter zz"),
        ({"k_day": 2**53}, [20_000], "beyond what a parameter may be"),
        ({}, [100], "judges none of these days"),
    ],
)
def test_unanswerable_question_is_an_error(params: dict[str, int], days: list[int], says: str) -> None:
    def never(asked: Sequence[int], held: Mapping[str, int]) -> list[Finding]:
        raise AssertionError

    with pytest.raises(RuleError, match=says):
        backtest(RULES["I17-pledge-velocity"], never, days, engine="any", cutoff=0, params=params)
