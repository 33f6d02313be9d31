"""`crowdledger views`."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from ops import views
from tests.ledger.stories import funded
from tests.projections.book import Book


@pytest.fixture
def command(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("CROWDLEDGER_DATABASE_URL", database_url)
    app = typer.Typer()
    views.register(app)
    app.callback()(lambda: None)
    return lambda *words: CliRunner().invoke(app, ["views", *words])


def test_listing_and_rebuilding(command: Any, database_url: str) -> None:
    book = Book(database_url)
    book.tell(funded())
    book.close()
    rebuilt = command("rebuild", "--all", "--json")
    assert rebuilt.exit_code == 0, rebuilt.output
    answer = json.loads(rebuilt.stdout)
    assert (answer["position"], answer["views"][0]) == (10, "balances")
    listed = command("list", "--json")
    assert listed.exit_code == 0
    assert {view["position"] for view in json.loads(listed.stdout)["views"]} == {10}
    assert "1 view rebuilt to position 10" in command("rebuild", "pledges").stdout
    assert "pledges" in command("list").stdout


def test_a_parked_view_is_shown_and_resumed(command: Any, database_url: str) -> None:
    assert command("list").exit_code == 0
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE view_cursors SET state = 'parked', error = 'because' WHERE name = 'loans'")
    listed = command("list")
    assert listed.exit_code == 1
    assert "loans: because" in listed.stderr
    assert command("resume", "loans").exit_code == 0
    assert command("list").exit_code == 0
    again = command("resume", "loans")
    assert again.exit_code == 1
    assert "not parked" in again.stderr


@pytest.mark.parametrize("words", [("rebuild",), ("rebuild", "loans", "--all"), ("rebuild", "x"), ("resume", "x")])
def test_a_mistake_is_answered_with_the_names(command: Any, words: tuple[str, ...]) -> None:
    answer = command(*words)
    assert answer.exit_code == 1
    assert "There are: balances, pledges" in answer.stderr.replace("\n", " ")
