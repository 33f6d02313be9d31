"""Every rule on Spark: equal hashes. A marked test (`-m spark`), since it needs PySpark and Java and takes minutes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pyarrow as pa
import pytest

from risk import fixtures
from risk.compile import compile_rule, days_since_epoch
from risk.engines.duckdb import DuckDB
from risk.engines.extract import read_input
from risk.engines.judging import judge, table_of
from risk.engines.spark import Spark
from risk.evaluator import evaluate, judged, standing_still
from risk.findings import result_hash
from risk.inputs import INPUTS
from tests.risk.conftest import LAST, RULES, Monitor

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    pytest.importorskip("pyspark", reason="PySpark is not installed: pip install 'crowdledger[spark]'")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17, and there is no `java` on the path")
    engine = Spark.local(tmp_path_factory.mktemp("spark"))
    yield engine
    engine.stop()


@pytest.mark.parametrize("rule_id", RULES)
def test_fixture_that_fires_gives_the_same_on_spark(rule_id: str, spark: Spark) -> None:
    """DuckDB is held against PostgreSQL, over all cases, in test_engines.py."""
    loaded = RULES[rule_id]
    played = fixtures.load(fixtures.path_of(rule_id))
    with DuckDB() as duck:
        for case, rows, check in fixtures.checks(loaded.rule, played):
            if case == "fires":
                table = table_of(INPUTS[loaded.rule.input], [row for row in rows if row["known"] <= check.cutoff])
                days = [days_since_epoch(check.day)]
                assert judge(spark, loaded, table, days) == judge(duck, loaded, table, days)


def test_small_market_gives_the_same_on_spark(played: Monitor, spark: Spark) -> None:
    days, tables, different = [days_since_epoch(LAST) - 1, days_since_epoch(LAST)], dict[str, pa.Table](), []
    for rule_id, loaded in RULES.items():
        name = loaded.rule.input
        with standing_still(played.connection, loaded.rule) as cutoff:
            if name not in tables:
                tables[name] = read_input(played.connection, name, cutoff)
            asked = judged(loaded.rule, days)
            here = evaluate(played.connection, loaded.rule, compile_rule(loaded), asked, cutoff)
        if result_hash(judge(spark, loaded, tables[name], asked)) != result_hash(here):
            different.append(rule_id)
    assert different == []
