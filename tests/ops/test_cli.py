"""The program's outside: every command is found under its name, and only what it needs is loaded."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer.main

from ops.cli import COMMANDS, program


def test_every_command_is_where_it_is_looked_for() -> None:
    whole = typer.main.get_command(program())
    assert set(whole.commands) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_command_alone_is_the_command_among_all(name: str) -> None:
    alone = typer.main.get_command(program([name])).commands[name]
    among = typer.main.get_command(program()).commands[name]
    assert list(getattr(alone, "commands", [])) == list(getattr(among, "commands", []))
    assert [each.name for each in alone.params] == [each.name for each in among.params]


def test_word_that_is_no_command_is_answered_by_the_whole_program() -> None:
    assert len(typer.main.get_command(program(["nonsense"])).commands) == len(COMMANDS)


@pytest.mark.parametrize("words", [["--help"], ["rules", "--help"], ["verify", "--help"]])
def test_program_says_nothing_beside(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ops.cli", *words], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stderr == ""
    assert "Usage" in done.stdout


def test_offline_check_of_a_receipt_needs_no_server_and_no_database() -> None:
    script = "import sys; from ops.cli import program; program(['verify']); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert not {"fastapi", "uvicorn", "duckdb", "pyarrow"} & {*loaded.stdout.split()}


@pytest.mark.parametrize("words", [["keys", "list"], ["users", "list"], ["fsck"], ["views", "list"]])
def test_a_wrong_setting_is_told_in_one_sentence(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ops.cli", *words],
        env={**os.environ, "CROWDLEDGER_LINKS_SHOW": "some"}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode > 0
    assert "CROWDLEDGER_LINKS_SHOW is 'some'" in done.stderr
    assert "Traceback" not in done.stderr
