"""`crowdledger fsck`: silent on a whole ledger, and every single change behind its back is found and placed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from ledger.kernel import clock
from ledger.signing import of_log
from ledger.store import tree
from ledger.store.sealer import seal
from ops.fsck import cli
from ops.fsck.run import CHECKS, fsck
from ops.settings import Settings
from tests.ledger.given import Event
from tests.ledger.stories import campaign, closed, correct, funded, market, on_pledge, pledge, release
from tests.projections.book import Book

PAGE = 10


def story() -> list[Any]:
    return [*funded(), pledge("P-2", 900), on_pledge("collected", "P-2"), closed(), release(400)]


@pytest.fixture
def settings(tmp_path: Any, database_url: str) -> Settings:
    return Settings(data_dir=tmp_path, database_url=database_url)


@pytest.fixture
def book(database_url: str, settings: Settings) -> Iterator[Book]:
    """A market with money in it, signed twice, all views at the end."""
    book = Book(database_url)
    signers = of_log("crowdledger", settings.checkpoint_seed(), settings.checkpoint_ml_dsa_seed())
    events = story()
    with psycopg.connect(database_url) as connection:
        for each in signers:
            tree.keep_key(connection, each.key, clock.now())
        book.tell(events[:PAGE])
        seal(connection, signers)
        book.tell(events[PAGE:])
        seal(connection, signers)
    book.follow()
    yield book
    book.close()


@pytest.fixture
def check(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("CROWDLEDGER_DATABASE_URL", settings.database_url or "")
    monkeypatch.setenv("CROWDLEDGER_DATA_DIR", str(settings.data_dir))
    app = typer.Typer()
    cli.register(app)
    app.callback()(lambda: None)

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        result = CliRunner().invoke(app, ["fsck", "--json", *words])
        return result.exit_code, json.loads(result.stdout)

    run.app = app
    return run


def tamper(dsn: str, statement: str) -> None:
    """As somebody with the server's own rights would."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        table = "checkpoints" if "checkpoints" in statement else "events"
        connection.execute(f"GRANT ALL ON {table} TO current_user")
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        connection.execute(statement)
        connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only")


def test_a_whole_ledger_is_found_whole(book: Book, check: Any) -> None:
    code, found = check()
    assert (code, found["ok"], found["differences"], found["notes"]) == (0, True, [], [])
    assert (found["position"], found["events"], found["checked"]) == (14, 14, list(CHECKS))
    code, found = check("--quick")
    assert (code, found["ok"]) == (0, True)


def test_corrections_with_a_second_person_are_decided_again(book: Book, check: Any) -> None:
    """In the order of the log: the approval, then the correction that had waited for it."""
    data = {"correction": "huizhong/fix", "corrects": "e14", "by": "second", "asked_by": "first"}
    (waiting,) = book.tell([correct("e14", "fix").asked_by("first")], attempt=True)
    assert waiting.status == "parked"
    book.tell([Event("correction.approved", data)])
    (rejected,) = book.tell([correct("e13", "no").asked_by("first")], attempt=True)
    assert rejected.status == "accepted"  # the release is gone, so that one person is enough
    book.follow()
    code, found = check()
    assert found["differences"] == []
    assert (code, found["position"]) == (0, 17)


def test_an_empty_ledger_is_whole(check: Any) -> None:
    assert check()[0] == 0
    assert check("--quick")[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "kind", "position", "what"),
    [
        ("UPDATE events SET body = replace(encode(body, 'escape'), ':900,', ':901,')::bytea WHERE position = 11",
         "tree", 11, "event"),
        ("UPDATE events SET body = body || ' '::bytea WHERE position = 9", "events", 9, "body"),
        ("UPDATE events SET postings = '[]' WHERE position = 11", "states", 11, "postings"),
        ("UPDATE events SET leaf = sha256('x') WHERE position = 5", "tree", 5, "event"),
        ("UPDATE events SET happened_at = happened_at + interval '1 day' WHERE position = 9", "events", 9,
         "happened_at"),
        ("UPDATE events SET id = 'other' WHERE position = 9", "events", 9, "column id"),
        ("UPDATE events SET recorded_at = recorded_at + interval '1 us' WHERE position = 5", "tree", 5, "event"),
        ("UPDATE events SET content_hash = sha256('x') WHERE position = 9", "events", 9, "content hash"),
        ("UPDATE events SET tags = tags[1:1] WHERE position = 9", "states", 9, "tags"),
        ("DELETE FROM events WHERE position = 7", "events", 7, "position"),
        ("DELETE FROM events WHERE position > 12", "tree", 11, "checkpoint"),
        ("UPDATE checkpoints SET root = sha256('x') WHERE size = 10", "tree", 1, "checkpoint"),
        ("UPDATE checkpoints SET note = replace(note, '14', '13') WHERE size = 14", "tree", 11, "checkpoint"),
        ("UPDATE boundary_states SET state = replace(state, '1000', '1001') WHERE key = 'campaign:huizhong/C'",
         "states", 14, "campaign:huizhong/C"),
        ("DELETE FROM boundary_states WHERE key = 'party:huizhong/V'", "states", 6, "party:huizhong/V"),
        ("UPDATE view_balances.balances SET balance = balance + 1 WHERE account = 'escrow/huizhong/C'",
         "views", None, "balances.balances"),
        ("DELETE FROM view_pledges.pledges WHERE key = 'pledge:huizhong/P'", "views", None, "pledges.pledges"),
    ],
)  # fmt: skip
def test_what_was_changed_is_found_and_placed(
    book: Book, check: Any, statement: str, kind: str, position: int | None, what: str
) -> None:
    tamper(book.dsn, statement)
    code, found = check("--only", kind)
    assert code == 1
    of_kind = [each for each in found["differences"] if each["check"] == kind]
    assert any(each["position"] == position and what in each["what"] for each in of_kind), found["differences"]
    assert kind == "states" or found["first_bad_position"] == position


def test_a_changed_end_shows_also_in_the_sample(book: Book, check: Any) -> None:
    tamper(book.dsn, "UPDATE events SET leaf = sha256('x') WHERE position = 14")
    code, found = check("--quick")
    assert (code, found["first_bad_position"]) == (1, 14)


def test_a_changed_balance_state_and_event_are_found_together(book: Book, check: Any) -> None:
    tamper(book.dsn, "UPDATE events SET postings = '[]' WHERE position = 11")
    tamper(book.dsn, "DELETE FROM boundary_states WHERE key = 'party:huizhong/V'")
    tamper(book.dsn, "UPDATE view_balances.balances SET balance = balance + 1 WHERE account = 'escrow/huizhong/C'")
    code, found = check()
    assert (code, found["first_bad_position"]) == (1, 6)
    assert set(found["counts"]) == {"tree", "states", "views"}


def test_one_check_alone(book: Book, check: Any) -> None:
    tamper(book.dsn, "UPDATE view_balances.balances SET balance = balance + 1 WHERE account = 'escrow/huizhong/C'")
    assert check("--only", "events", "--only", "tree", "--only", "states")[0] == 0
    assert check("--only", "views")[0] == 1


def test_heads_are_held_against_keys_from_elsewhere(book: Book, check: Any, settings: Settings) -> None:
    """Who rewrites a whole database can put his own keys there, too; a key that was kept elsewhere tells."""
    signers = of_log("crowdledger", settings.checkpoint_seed(), settings.checkpoint_ml_dsa_seed())
    own = [str(each.key) for each in signers]
    stranger = str(of_log("crowdledger", b"x" * 32, b"y" * 32)[0].key)
    code, _ = check("--only", "tree", *(part for text in own for part in ("--key", text)))
    assert code == 0
    code, said = check("--only", "tree", "--key", stranger)
    assert code == 1
    assert said["differences"], said
    for words in (["--quick", "--key", stranger], ["--key", "no key"]):
        result = CliRunner().invoke(check.app, ["fsck", *words])
        assert (result.exit_code, "Error" in result.output) == (2, True)


def test_a_switched_off_trigger_is_told(book: Book, check: Any) -> None:
    with psycopg.connect(book.dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE events DISABLE TRIGGER ALL")
    code, found = check("--only", "events")
    assert code == 1
    assert "append-only trigger of events" in str(found["differences"])


def test_parked_and_corrected(book: Book, check: Any) -> None:
    book.tell([pledge("P-9", campaign="late")], attempt=True)
    book.tell([pledge("P-8").called("wrong")], scope="rival", attempt=True)
    assert check("--only", "events", "--only", "states")[0] == 0
    tamper(book.dsn, "UPDATE parked SET missing = ARRAY['campaign:huizhong/C']")
    code, found = check("--only", "events")
    assert code == 1
    assert "waits for campaign:huizhong/C" in str(found["differences"])


@pytest.mark.slow
@pytest.mark.parametrize("body", ["x", "{}", '{"type":"pledge.made","data":{}}', '{"time":1}'])
def test_any_bytes_in_place_of_an_event_are_found(book: Book, check: Any, body: str) -> None:
    tamper(book.dsn, f"UPDATE events SET body = '{body}' WHERE position = 9")
    code, found = check("--only", "events", "--only", "tree", "--only", "states")
    assert (code, found["first_bad_position"]) == (1, 9)
    assert {"events", "tree", "states"} <= {each["check"] for each in found["differences"]}


def test_a_mass_effect_within_one_batch(book: Book, check: Any) -> None:
    book.tell(
        [*market(), campaign(cap=10_000), *(pledge(f"N{n}", 10) for n in range(50)), closed("failed")], scope="rival"
    )
    code, found = check("--only", "states")
    assert code == 0, found["differences"]


def test_batches_of_any_size_say_the_same(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (1, 3, 7):
        monkeypatch.setattr("ops.fsck.run.BATCH", size)
        report = fsck(book.dsn, frozenset({"events", "tree", "states"}), lambda *_: None)
        assert report.ok, report.differences


def test_a_failed_campaign_is_derived_in_batches_of_any_size(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its close changes pledges that were made in the same batch, or in earlier ones."""
    book.tell([*market(), campaign(), *(pledge(f"N{n}", 10) for n in range(9)), closed("failed")], scope="rival")
    for size in (1, 4, 2_000):
        monkeypatch.setattr("ops.fsck.run.BATCH", size)
        report = fsck(book.dsn, frozenset({"states"}), lambda *_: None)
        assert report.ok, report.differences


def test_it_stands_beside_a_writer(book: Book, check: Any) -> None:
    book.tell([*market(), campaign(cap=10_000), *(pledge(f"N{n}", 10) for n in range(500))], scope="rival")
    code, found = check()  # the views lag behind the log
    assert (code, found["events"]) == (0, 14 + 8 + 500)
