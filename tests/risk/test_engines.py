"""Every rule on PostgreSQL and on DuckDB: equal hashes."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from risk import fixtures
from risk.compile import compile_rule, days_since_epoch
from risk.engines.duckdb import DuckDB
from risk.engines.judging import judge, table_of
from risk.evaluator import evaluate
from risk.findings import result_hash
from risk.inputs import INPUTS
from tests.risk.conftest import RULES


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
