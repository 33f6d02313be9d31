"""`crowdledger restore-check`: what a database is, held against heads that were kept elsewhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from ledger.checkpoint import head_of
from ledger.kernel import clock
from ledger.notes import parse
from ledger.store import tree
from ledger.store.sealer import seal
from ops.backup import check_cli
from ops.migrate import migrate
from tests.ledger.store.grown import SIGNERS
from tests.ledger.stories import funded, pledge
from tests.ops.test_fsck import tamper
from tests.projections.book import Book


@pytest.fixture
def book(database_url: str) -> Iterator[Book]:
    """Ten events under a first head, then forty under a second."""
    book = Book(database_url)
    with psycopg.connect(database_url) as connection:
        for each in SIGNERS:
            tree.keep_key(connection, each.key, clock.now())
        book.tell(funded())
        seal(connection, SIGNERS)
        book.tell([pledge(f"N{number}", 10) for number in range(40)])
        seal(connection, SIGNERS)
    yield book
    book.close()


@pytest.fixture
def heads(book: Book, tmp_path: Path) -> list[Path]:
    """Both heads, in files outside of the database."""
    with psycopg.connect(book.dsn) as connection:
        notes = connection.execute("SELECT note FROM checkpoints ORDER BY size").fetchall()
    paths = []
    for number, (note,) in enumerate(notes):
        paths.append(tmp_path / f"head-{number}")
        paths[-1].write_text(note, encoding="utf-8")
    return paths


@pytest.fixture
def check(book: Book, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("CROWDLEDGER_DATABASE_URL", book.dsn)
    app = typer.Typer()
    check_cli.register(app)
    app.callback()(lambda: None)

    def run(*words: Any) -> tuple[int, dict[str, Any]]:
        result = CliRunner().invoke(app, ["restore-check", "--json", *map(str, words)])
        return result.exit_code, json.loads(result.stdout) if result.exit_code != 1 else {"error": result.stderr}

    return run


def test_complete(book: Book, heads: list[Path], check: Any) -> None:
    for head in heads:
        code, found = check(head)
        assert (code, found["outcome"], found["position"]) == (0, "complete", 50)
    book.tell([pledge("later", 10)])
    assert check(*heads)[1]["outcome"] == "complete"


def test_the_memory_of_a_witness_will_do(heads: list[Path], check: Any, tmp_path: Path) -> None:
    head = head_of(parse(heads[1].read_text(encoding="utf-8")))
    seen = tmp_path / "seen.json"
    seen.write_text(json.dumps({head.origin: {"size": head.size, "root": base64.b64encode(head.root).decode()}}))
    assert check(seen)[1]["outcome"] == "complete"


def test_truncated(book: Book, heads: list[Path], check: Any) -> None:
    tamper(book.dsn, "DELETE FROM events WHERE position > 45")
    code, found = check(heads[1])
    assert (code, found["outcome"], found["first_bad"]) == (3, "truncated", 46)
    assert check(heads[0])[1]["outcome"] == "complete"


def test_rolled_back(book: Book, heads: list[Path], check: Any) -> None:
    tamper(book.dsn, "DELETE FROM events WHERE position > 10")
    tamper(book.dsn, "DELETE FROM checkpoints WHERE size > 10")
    code, found = check(heads[1])
    assert (code, found["outcome"], found["position"], found["sealed"]) == (5, "rolled back", 10, 10)
    assert check(*heads)[0] == 5


@pytest.mark.slow
@pytest.mark.parametrize("change", [
    "UPDATE events SET body = replace(encode(body, 'escape'), 'N20', 'N99')::bytea WHERE position = 31",
    "UPDATE events SET leaf = sha256('x'), body = body || ' ' WHERE position = 31",
    "DELETE FROM events WHERE position = 31",
])  # fmt: skip
def test_altered(book: Book, heads: list[Path], check: Any, change: str) -> None:
    tamper(book.dsn, change)
    code, found = check(*heads)
    assert (code, found["outcome"], found["first_bad"]) == (4, "altered", 31)


def test_a_history_written_anew_is_found_though_it_fits_itself(
    heads: list[Path], check: Any, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(empty_database_url)
    other = Book(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        for each in SIGNERS:
            tree.keep_key(connection, each.key, clock.now())
        other.tell([*funded(), *(pledge(f"X{number}", 10) for number in range(45))])
        seal(connection, SIGNERS)
    other.close()
    monkeypatch.setenv("CROWDLEDGER_DATABASE_URL", empty_database_url)
    code, found = check(heads[1])
    assert (code, found["outcome"], found["first_bad"]) == (4, "altered", None)


def test_a_head_that_nobody_signed_is_no_measure(heads: list[Path], check: Any, tmp_path: Path) -> None:
    text = heads[1].read_text(encoding="utf-8")
    for name, spoiled in (("a", text.replace("\n50\n", "\n49\n")), ("b", "nonsense"), ("c", ""), ("d", "{}")):
        (tmp_path / name).write_text(spoiled, encoding="utf-8")
        code, found = check(tmp_path / name)
        assert code == 1, found
    assert check(tmp_path / "absent")[0] == 1
