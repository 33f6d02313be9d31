"""Every rule on PostgreSQL and on DuckDB: equal hashes."""

from __future__ import annotations

import random
from collections.abc import Iterator

import psycopg
import pytest

from ops.simulator.market import Market
from risk import fixtures
from risk.compile import compile_rule, days_since_epoch
from risk.engines.duckdb import DuckDB
from risk.engines.extract import read_input
from risk.engines.judging import judge, table_of
from risk.evaluator import evaluate, judged, standing_still
from risk.findings import result_hash
from risk.inputs import INPUTS
from tests.risk.conftest import LAST, RULES, Monitor


@pytest.fixture(scope="module")
def duck() -> Iterator[DuckDB]:
    with DuckDB() as engine:
        yield engine


@pytest.mark.parametrize("rule_id", RULES)
def test_fixtures_give_the_same_on_duckdb(rule_id: str, database_url: str, duck: DuckDB) -> None:
    loaded = RULES[rule_id]
    played = fixtures.load(fixtures.path_of(rule_id))
    compiled = compile_rule(loaded, fixture=True)
    with psycopg.connect(database_url) as connection:
        for case, rows, check in fixtures.checks(loaded.rule, played):
            days = [days_since_epoch(check.day)]
            here = evaluate(connection, loaded.rule, compiled, days, check.cutoff, fixture=rows)
            known = [row for row in rows if row["known"] <= check.cutoff]
            there = judge(duck, loaded, table_of(INPUTS[loaded.rule.input], known), days)
            assert there == here, case
            assert result_hash(there) == result_hash(here), case


def test_small_market_gives_the_same_on_duckdb(played: Monitor, small: Market, duck: DuckDB) -> None:
    """All rules, every day of the last two weeks, over a market with frauds of which some events were corrected."""
    seed = 20_261_123
    print(f"seed {seed}")  # noqa: T201 -- a failure is repeated with it
    correct_some(played, small, random.Random(seed))
    days = list(range(days_since_epoch(LAST) - 13, days_since_epoch(LAST) + 1))
    connection, tables, found = played.connection, {}, 0
    for rule_id, loaded in RULES.items():
        name = loaded.rule.input
        with standing_still(connection, loaded.rule) as cutoff:
            if name not in tables:
                tables[name] = read_input(connection, name, cutoff)
            asked = judged(loaded.rule, days)
            here = evaluate(connection, loaded.rule, compile_rule(loaded), asked, cutoff)
        there = judge(duck, loaded, tables[name], asked)
        assert there == here, rule_id
        assert result_hash(there) == result_hash(here), rule_id
        found += len(here)
    assert found > 100, "there is something to compare"


def correct_some(played: Monitor, small: Market, chance: random.Random) -> None:
    """Take back every hundredth event, by the road of everybody's."""
    own = [each.event for each in small.deliveries if each.event["source"].startswith("platform:")]
    picked = chance.sample(own, len(own) // 100)
    played.book.submit([
        {"specversion": "1.0", "id": f"correction-{number}", "source": event["source"], "type": "event.corrected",
         "time": event["time"], "data": {"corrects": event["id"], "reason": "entered in error"}}
        for number, event in enumerate(picked)
    ])  # fmt: skip
    played.book.follow()
