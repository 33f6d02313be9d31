"""A real witness and a real log: cosigned heads, a forked log, a shortened one, an absent witness, a lost memory."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
import typer
from typer.testing import CliRunner

from ledger import receipt, signing
from ledger.kernel import clock
from ledger.notes import parse, parse_key, signers
from ledger.store import proofs, sealer, tree
from ops import cosigning
from ops.cosigning import Cosigner, Cosigners, Inconsistent, Place, Trouble
from ops.keyfile import SettingsError
from ops.settings import Settings
from ops.witness import cli, memory
from ops.witness.server import Witness, app
from tests.api.house import listening
from tests.ledger.store.grown import ORIGIN, SIGNERS, leafed

BY = signing.of_witness("witness.example/w1", b"w" * 32, b"v" * 32)
KEYS = tuple(each.key for each in BY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "witness"
    made.mkdir()
    return made


@pytest.fixture
def url(folder: Path) -> Iterator[str]:
    with listening(app(Witness(folder, BY, {ORIGIN: [SIGNERS[0].key]}, clock.now))) as address:
        yield address


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url) as made:
        for each in SIGNERS:
            tree.keep_key(made, each.key, clock.now())
        yield made


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as made:
        yield made


def grow(connection: psycopg.Connection, count: int) -> tree.Sealed:
    row = connection.execute("SELECT count(*) FROM events").fetchone()
    assert row is not None
    leafed(connection, count, row[0])
    sealed = sealer.seal(connection, SIGNERS)
    assert sealed is not None
    return sealed


def altered_past(connection: psycopg.Connection) -> None:
    """Someone with all rights writes the log anew from position 50 on, tree and heads too, with the true keys."""
    for table in ("events", "tiles", "checkpoints", "cosignatures"):
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    connection.execute("UPDATE events SET leaf = sha256(leaf) WHERE position >= 50")
    for table in ("tiles", "checkpoints", "cosignatures"):
        connection.execute(f"DELETE FROM {table}")
    connection.commit()


def test_heads_are_cosigned_as_the_log_grows(
    connection: psycopg.Connection, database_url: str, url: str, client: httpx.Client
) -> None:
    cosigner = Cosigner(database_url, Place(url, KEYS), client)
    assert cosigner.once(connection) is None  # nothing is signed yet
    for count in (7, 300, 1):
        sealed = grow(connection, count)
        assert cosigner.once(connection) == sealed
        assert cosigner.once(connection) is None
        note, names = tree.with_cosignatures(connection, sealed)
        assert [parse_key(each) for each in names] == sorted(KEYS, key=str)
        assert len(signers(parse(note), KEYS)) == len(KEYS)
    made = proofs.receipts_about(connection, "pledge:huizhong/P-5", None, 0, 10)
    found = receipt.examine(made[0][1], [SIGNERS[0].key, *KEYS])
    assert found.ok, found.steps
    again = Cosigner(
        database_url, Place(url, KEYS), client
    )  # a new process learns from the first answer where it stands
    assert again.once(connection) == sealed


def test_a_fork_stops_sealing(
    connection: psycopg.Connection, database_url: str, url: str, client: httpx.Client
) -> None:
    cosigner = Cosigner(database_url, Place(url, KEYS), client)
    grow(connection, 100)
    cosigner.once(connection)
    altered_past(connection)
    sealer.seal(connection, SIGNERS)
    with pytest.raises(Inconsistent, match="another root for the first 100"):
        Cosigner(database_url, Place(url, KEYS), client).once(connection)
    grow(connection, 20)
    with pytest.raises(Inconsistent, match="doesn't continue the 100"):
        cosigner.once(connection)


def test_a_log_that_lost_its_end_stops(
    connection: psycopg.Connection, database_url: str, url: str, client: httpx.Client
) -> None:
    grow(connection, 100)
    Cosigner(database_url, Place(url, KEYS), client).once(connection)
    altered_past(connection)
    connection.execute("DELETE FROM events WHERE position > 40")
    connection.commit()
    sealer.seal(connection, SIGNERS)
    with pytest.raises(Inconsistent, match="has signed a head of 100 entries, this log has signed 40 at most"):
        Cosigner(database_url, Place(url, KEYS), client).once(connection)


def test_the_stop_reaches_everybody(
    connection: psycopg.Connection, database_url: str, url: str, client: httpx.Client
) -> None:
    told: list[sealer.Stopped] = []

    def alarm(stopped: sealer.Stopped) -> bool:
        told.append(stopped)
        return len(told) > 1  # the first time, the alert can't be recorded

    grow(connection, 100)
    Cosigner(database_url, Place(url, KEYS), client).once(connection)
    altered_past(connection)
    threads = sealer.Sealer(database_url, SIGNERS, every_seconds=0.02, alarm=alarm).start()
    cosigners = Cosigners(database_url, [Place(url, KEYS)], every_seconds=0.02).start()
    try:
        until(lambda: len(told) > 1)
        stop = tree.last_stop(connection)
        connection.rollback()
        assert stop is not None
        assert (stop[0], stop[2]) == ("stopped", 100)
        leafed(connection, 30, 100)
        time.sleep(0.2)
        newest = tree.latest(connection)
        assert newest is not None
        assert newest.size == 100
        assert len(told) == 2
    finally:
        cosigners.stop()
        threads.stop()


def test_an_absent_witness_holds_nobody_up(
    connection: psycopg.Connection, database_url: str, client: httpx.Client
) -> None:
    cosigners = Cosigners(database_url, [Place("http://127.0.0.1:9", KEYS)], every_seconds=0.01).start()
    grow(connection, 10)
    with pytest.raises(Trouble):
        Cosigner(database_url, Place("http://127.0.0.1:9", KEYS), client).once(connection)
    assert grow(connection, 10).size == 20
    cosigners.stop()
    assert tree.last_stop(connection) is None


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (200, ""),
        (200, "x\n"),
        (200, "\u2014 other.example AAAAAAAA\n"),
        (409, "many"),
        (409, "3"),
        (500, ""),
        (404, "?"),
    ],
)
def test_a_witness_that_talks_nonsense_is_trouble_not_a_stop(
    connection: psycopg.Connection, database_url: str, status: int, text: str
) -> None:
    grow(connection, 10)
    transport = httpx.MockTransport(lambda _: httpx.Response(status, text=text))
    with httpx.Client(transport=transport) as client, pytest.raises(Trouble):
        Cosigner(database_url, Place("http://witness", KEYS), client).once(connection)


def test_over_http_as_the_standard_says(url: str, connection: psycopg.Connection) -> None:
    sealed = grow(connection, 10)
    body = f"old 0\n\n{sealed.note}"
    answer = httpx.post(f"{url}/add-checkpoint", content=body)
    assert answer.status_code == 200
    assert len(signers(parse(sealed.note + answer.text), KEYS)) == len(KEYS)
    conflict = httpx.post(f"{url}/add-checkpoint", content=body)
    assert (conflict.status_code, conflict.text, conflict.headers["content-type"]) == (409, "10\n", "text/x.tlog.size")
    assert httpx.post(f"{url}/add-checkpoint", content=b"x" * 300_000).status_code == 413
    assert httpx.get(f"{url}/add-checkpoint").status_code == 405
    assert f"{ORIGIN}: 10 entries" in httpx.get(url).text


def test_many_at_once_sign_one_history(folder: Path, connection: psycopg.Connection) -> None:
    """Requests race: after each answer, no smaller head may be signed, and memory is what was signed last."""
    heads = [grow(connection, 5) for _ in range(6)]
    witness = Witness(folder, BY[:1], {ORIGIN: [SIGNERS[0].key]}, clock.now)
    signed: list[int] = []

    def ask(index: int) -> None:
        old = heads[index - 1].size if index else 0
        path = tree.consistency(other, old, heads[index].size) if old else []
        body = cosigning.witness.written(old, path, heads[index].note)
        for _ in range(50):
            try:
                witness.cosign(body)
            except cosigning.witness.NotCosigned as refused:
                if refused.size is not None and refused.size > old:
                    return
                time.sleep(0.001)
            else:
                signed.append(heads[index].size)
                return

    with psycopg.connect(connection.info.dsn, autocommit=True) as other:
        threads = [threading.Thread(target=ask, args=(index,)) for index in range(6) for _ in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert signed == sorted(signed)
    assert memory.load(folder)[ORIGIN].size == signed[-1]


def test_a_lost_or_broken_memory_is_refused(folder: Path) -> None:
    assert memory.load(folder) == {}
    (folder / memory.KEY_FILES[0]).write_text("x")
    (folder / memory.FILE).write_text("{")
    with pytest.raises(SettingsError, match="can't be read"):
        memory.load(folder)
    (folder / memory.FILE).unlink()
    with pytest.raises(SettingsError, match="forgotten"):
        memory.load(folder)


def test_a_disk_that_fails_is_not_signed_over(
    folder: Path, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = grow(connection, 3)
    witness = Witness(folder, BY[:1], {ORIGIN: [SIGNERS[0].key]}, clock.now)
    body = cosigning.witness.written(0, [], sealed.note)
    with monkeypatch.context() as patched:
        patched.setattr(memory, "save", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            witness.cosign(body)
    assert memory.load(folder) == {}
    assert witness.cosign(body)


def test_the_command_makes_keys_once(tmp_path: Path) -> None:
    program = typer.Typer()
    cli.register(program)
    program.callback()(lambda: None)
    words = [
        "witness",
        "--name",
        "w.example",
        "--log",
        str(SIGNERS[0].key),
        "--data-dir",
        str(tmp_path / "w"),
        "--keys",
    ]
    first, second = (CliRunner().invoke(program, words) for _ in range(2))
    assert first.exit_code == 0, first.output
    assert first.stdout == second.stdout
    assert [parse_key(line).name for line in first.stdout.split()] == ["w.example"] * len(KEYS)
    assert (tmp_path / "w" / "witness.key").stat().st_mode & 0o777 == 0o600
    assert json.loads((tmp_path / "w" / "seen.json").read_text()) == {}
    bad = CliRunner().invoke(program, [*words[:3], "--log", "nonsense", "--data-dir", str(tmp_path / "v")])
    assert bad.exit_code == 1
    assert "verifier key reads" in bad.output


def test_the_list_of_witnesses(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert cosigning.configured(settings) == []
    path = tmp_path / "witnesses"
    lines = [f"witness w{n} {key} http://w.example:8008/" for n, key in enumerate(KEYS)]
    path.write_text("\n".join(["# ours", "", *lines, f"log {SIGNERS[0].key}", f"witness far {KEYS[0]}", "quorum w1"]))
    assert cosigning.configured(settings) == [Place("http://w.example:8008", KEYS)]
    for bad in ("witness w", f"witness w {KEYS[0]} ftp://x", "witness w nokey http://x", f"witness w {SIGNERS[0].key} http://x",
                "witnes w x y"):  # fmt: skip
        path.write_text(bad)
        with pytest.raises(SettingsError, match="line 1"):
            cosigning.configured(settings)
    with pytest.raises(SettingsError, match="not there"):
        cosigning.configured(Settings(data_dir=tmp_path, witnesses=tmp_path / "nothing"))


def until(done: object) -> None:
    deadline = time.monotonic() + 20
    while not done():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)
