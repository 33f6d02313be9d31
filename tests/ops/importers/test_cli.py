"""`crowdledger import`: words for people on stderr, one JSON object on stdout, errors with a way out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from ops.importers import cli
from ops.importers.base import ImportProblem
from ops.settings import Settings

app = typer.Typer()
app.callback()(lambda: None)
cli.register(app)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, memory_ledger: Any) -> Callable[..., Any]:
    """Run the command against a ledger in memory."""

    @contextmanager
    def direct(settings: Settings) -> Iterator[Any]:
        yield memory_ledger

    monkeypatch.setattr(cli, "direct", direct)
    return lambda *words: CliRunner().invoke(app, ["import", *map(str, words)])


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.ndjson"
    lines = [json.dumps({"id": str(n), "source": "platform:p", "type": "x"}) for n in range(3)]
    path.write_text("\n".join([*lines, "nonsense"]))
    return path


def test_json_is_alone_on_stdout(run: Callable[..., Any], events: Path) -> None:
    result = run("cloudevents", events, "--json")
    assert result.exit_code == 0
    figures = json.loads(result.stdout)
    assert (figures["rows"], figures["accepted"], figures["rejected"]) == (4, 3, {"not_json": 1})
    assert figures["by_type"] == {"x": 3}


def test_the_summary_says_why_rows_are_missing(run: Callable[..., Any], events: Path) -> None:
    result = run("cloudevents", events)
    assert result.exit_code == 0
    assert "Imported cloudevents" in result.stdout
    assert "the line is not JSON" in result.stdout


def test_refusals_are_shown_with_their_reason(run: Callable[..., Any], events: Path, memory_ledger: Any) -> None:
    memory_ledger.events["platform:p", "1"] = b"other"
    result = run("cloudevents", events)
    assert "1 id_reused" in result.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("xlsx", "."), "There is no import format 'xlsx'. Formats: amlsim, cloudevents, gentex"),
        (("gitcoin", "no[where].csv"), "no[where].csv does not exist. Check the path"),
        (("lendingclub", "{events}"), "events.ndjson lacks the columns"),
    ],
)
def test_errors_name_the_thing_the_reason_and_the_way_out(
    run: Callable[..., Any], events: Path, words: tuple[str, ...], message: str
) -> None:
    result = run(*(word.format(events=events) for word in words))
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stdout == ""


def test_two_plain_keys_are_one_too_many(run: Callable[..., Any], events: Path) -> None:
    result = run("cloudevents", events, "--via", "http", "--key", "one", "--key", "two")
    assert result.exit_code == 1
    assert "--key platform:NAME=KEY" in result.stderr


def test_an_interrupted_import_says_that_it_can_go_on(
    run: Callable[..., Any], events: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "run_import", interrupted)
    result = run("cloudevents", events)
    assert result.exit_code == 130
    assert "continues where this run ended" in result.stderr


def test_a_problem_while_sending_ends_the_command(
    run: Callable[..., Any], events: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise ImportProblem("the database went away")

    monkeypatch.setattr(cli, "run_import", fails)
    result = run("cloudevents", events)
    assert (result.exit_code, "the database went away" in result.stderr) == (1, True)
