"""`crowdledger rules`, as an operator types it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer
from typer.testing import CliRunner, Result

from ops import rule_runs, rules
from ops.archive import cli as archive_cli
from ops.backtest import cli as backtest_cli
from ops.simulator import market
from tests.projections.book import Book

Run = Callable[..., Result]
LAST = date(2026, 11, 21)


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("CROWDLEDGER_DATABASE_URL", database_url)
    monkeypatch.setenv("CROWDLEDGER_DATA_DIR", str(tmp_path))
    app = typer.Typer()
    rules.register(app)
    rule_runs.register(app)
    archive_cli.register(app)
    backtest_cli.register(app)
    runner = CliRunner()

    def call(*arguments: str) -> Result:
        return runner.invoke(app, ["rules", *arguments], catch_exceptions=False)

    return call


@pytest.fixture
def played(database_url: str) -> Iterator[str]:
    book = Book(database_url)
    book.submit([delivery.event for delivery in market.build(7, LAST, days=40, scale=0.02).deliveries])
    yield database_url
    book.close()


def answer(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


def test_list_shows_every_rule(run: Run) -> None:
    listed = answer(run("list", "--json"))["rules"]
    assert len(listed) >= 10
    assert {"id", "version", "maturity", "severity", "guide", "hash"} <= listed[0].keys()
    shown = run("list").stdout
    assert shown.count("live") >= 10


def test_test_plays_the_fixtures(run: Run) -> None:
    one = run("test", "I03")
    assert one.exit_code == 0, one.output
    assert "1 rules, 5 checks, 0 failed" in one.stdout


def test_run_judges_the_days_that_were_asked_for(run: Run, played: str) -> None:
    done = answer(run("run", "--all", "--from", "2026-10-13", "--to", "2026-11-21", "--json"))
    assert done["days"] == 40
    assert {each["rule"] for each in done["rules"]} == set(rules.document.load_all())
    assert done["raised"] > 5
    again = answer(run("run", "--all", "--from", "2026-10-13", "--to", "2026-11-21", "--json"))
    # Rules over findings see the second time what the first run told.
    plain = {name for name, each in rules.document.load_all().items() if each.rule.input != "v1.finding"}
    told = [each for each in again["rules"] if each["rule"] in plain]
    assert {(each["raised"], each["joined"], each["submitted"]) for each in told} == {(0, 0, 0)}
    assert {each["rule"]: each["findings"] for each in told} == {
        each["rule"]: each["findings"] for each in done["rules"] if each["rule"] in plain
    }
    raised = done["raised"] + again["raised"]
    with psycopg.connect(played) as connection:
        found = connection.execute("SELECT count(*) FROM view_alerts.alerts").fetchone()
    assert found == (raised,), "the views have followed when the command ends"
    table = run("run", "P02-custody-gap", "--day", "2026-11-21").stdout
    assert "P02-custody-gap v4" in table
    number = str(done["rules"][0]["number"])
    replayed = run("replay", number)
    assert replayed.exit_code == 0, replayed.output
    assert "the same" in replayed.stdout


def test_run_without_days_judges_those_on_which_anything_happened(run: Run, played: str) -> None:
    done = answer(run("run", "P02-custody", "--json"))
    assert done["days"] >= 40
    assert done["raised"] >= 1


def test_backtest_records_nothing(run: Run, played: str) -> None:
    tested = answer(run("backtest", "I17", "--from", "2026-10-13", "--to", "2026-11-21", "--json"))
    assert tested["alerts"] == len({json.dumps(item["key"]) for item in tested["items"]}) == 1
    wider = answer(
        run("backtest", "I17", "--from", "2026-10-13", "--to", "2026-11-21", "--param", "k_day=3", "--param",
            "k_burst=2", "--json")
    )  # fmt: skip
    assert wider["alerts"] > tested["alerts"]
    assert wider["params"]["k_day"] == 3
    assert "1 alerts" in run("backtest", "I17", "--from", "2026-10-13", "--to", "2026-11-21").stdout
    with psycopg.connect(played) as connection:
        assert connection.execute("SELECT count(*) FROM rule_runs").fetchone() == (0,)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("run",), "Name a rule, or say --all."),
        (("run", "I01"), "more than one rule"),
        (("run", "X99"), "no rule"),
        (("run", "I03", "--all"), "not both"),
        (("run", "I03", "--to", "2026-11-21"), "--to needs --from"),
        (("run", "I03", "--from", "2026-11-21", "--to", "2026-11-20"), "is before"),
        (("run", "I03", "--day", "tomorrow"), "no date"),
        (("run", "I03", "--day", "1969-12-31"), "1970-01-01"),
        (("backtest", "I03", "--param", "k"), "NAME=INTEGER"),
        (("backtest", "I03", "--param", "zz=3", "--from", "2026-11-21"), "no parameter zz"),
        (("replay", "7"), "no finished run 7"),
    ],
)
def test_mistakes_are_explained(run: Run, arguments: tuple[str, ...], says: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert says in result.stderr
    assert "Traceback" not in result.output
