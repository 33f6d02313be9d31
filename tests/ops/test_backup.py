"""`crowdledger backup` and `restore`: everything comes back, the erased do not, and damage is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from ledger.intake import Intake
from ledger.kernel import clock
from ledger.store import tree, vault
from ledger.store.sealer import seal
from ops.backup import cli
from ops.keyring import keyring
from ops.migrate import migrate
from ops.postgres import start
from ops.settings import Settings
from ops.vault import cli as vault_cli
from ops.writer import open_appender
from tests.ledger.given import NOW
from tests.ledger.store.events import event, pledge, setting
from tests.ledger.store.grown import SIGNERS

NAME = "东方测试"


class Ledger:
    """One data folder on one database."""

    def __init__(self, folder: Path, url: str) -> None:
        self.settings = Settings(data_dir=folder, database_url=url)
        self.url = url
        self.intake = Intake(self.settings.secret("identity"))

    def send(self, events: list[dict[str, Any]]) -> set[str]:
        with open_appender(self.settings, self.url) as appender:
            items = [self.intake.decode(each, None, NOW) for each in events]
            return {answer.status for answer in appender.submit(items).result(30)}

    def seal(self) -> str:
        with psycopg.connect(self.url) as connection:
            for each in SIGNERS:
                tree.keep_key(connection, each.key, clock.now())
            seal(connection, SIGNERS)
            sealed = tree.latest(connection)
        assert sealed is not None
        return sealed.note


def person(number: int) -> dict[str, Any]:
    return event(f"p{number}", "party.registered", time="2011-03-02T10:15:00+08:00", party=f"N{number}", kind="person",
                 name=f"{NAME}{number}", identity={"scheme": "cn-id", "number": f"1{number:017d}"})  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path, database_url: str) -> Ledger:
    made = Ledger(tmp_path, database_url)
    assert made.send([*setting(), person(1), person(2), pledge("P-1")]) == {"accepted"}
    made.seal()
    return made


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    app = typer.Typer()
    cli.register(app)
    vault_cli.register(app)
    monkeypatch.setenv("CROWDLEDGER_RETENTION_YEARS", "CN=0")

    def run(url: str, *words: object) -> tuple[int, str]:
        monkeypatch.setenv("CROWDLEDGER_DATABASE_URL", url)
        monkeypatch.setenv("CROWDLEDGER_DATA_DIR", str(tmp_path))
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert not result.exception or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout or result.stderr

    return run


def test_everything_comes_back(ledger: Ledger, command: Any, empty_database_url: str, tmp_path: Path) -> None:
    assert command(ledger.url, "backup", "--to", tmp_path / "b")[0] == 0
    before = tables(ledger.url)
    code, said = command(empty_database_url, "restore", "--from", tmp_path / "b", "--json")
    answer = json.loads(said)
    assert (code, answer["ok"], answer["position"]) == (0, True, 8), said
    assert [each["outcome"] for each in answer["heads"]] == ["complete"]
    assert tables(empty_database_url) == before
    other = Ledger(tmp_path, empty_database_url)
    assert other.send([pledge("P-2"), pledge("P-1")]) == {"accepted", "duplicate"}
    with psycopg.connect(empty_database_url) as connection:
        assert vault.opened(connection, keyring(other.settings), ["party:huizhong/N1"])["party:huizhong/N1"]["name"]
    code, said = command(empty_database_url, "restore", "--from", tmp_path / "b")
    assert code == 1
    assert "not empty" in said


def tables(url: str) -> dict[str, list[Any]]:
    names = (
        "events",
        "boundary_states",
        "parked",
        "refusals",
        "refusal_keys",
        "vault",
        "checkpoints",
        "tiles",
        "log_keys",
    )
    with psycopg.connect(url) as connection:
        return {name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall() for name in names}


def test_a_stolen_backup_names_nobody(ledger: Ledger, command: Any, tmp_path: Path) -> None:
    ledger.send([{"spoiled": f"{NAME}1"}])
    command(ledger.url, "backup", "--to", tmp_path / "b", "--secrets-to", tmp_path / "keys")
    sql = subprocess.run(
        ["pg_restore", "--file=-", str(tmp_path / "b" / "ledger.dump")], capture_output=True, check=False
    )
    everything = sql.stdout + b"".join(path.read_bytes() for path in (tmp_path / "b").iterdir())
    for secret in (NAME.encode(), NAME.encode().hex().encode(), b"1" + b"0" * 16 + b"1"):
        assert secret not in everything
    assert {path.name for path in (tmp_path / "keys").iterdir()} >= {"secret.key"}
    assert not any("key" in path.name for path in (tmp_path / "b").iterdir())
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}


@pytest.mark.slow
def test_the_erased_stay_erased(ledger: Ledger, command: Any, empty_database_url: str, tmp_path: Path) -> None:
    assert command(ledger.url, "backup", "--to", tmp_path / "old")[0] == 0
    words = ("vault", "erase", "--party", "huizhong:N1", "--reason", "asked", "--by", "a", "--confirmed-by", "b")
    assert command(ledger.url, *words)[0] == 0
    assert command(ledger.url, "vault", "register", "--to", tmp_path / "erased")[0] == 0
    code, said = command(
        empty_database_url, "restore", "--from", tmp_path / "old", "--erasures", tmp_path / "erased", "--json"
    )
    assert (code, json.loads(said)["forgotten"]) == (0, ["party:huizhong/N1"])
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT party FROM vault").fetchall() == [("party:huizhong/N2",)]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ledger.dump", "checkpoint", "erasures.ndjson", "manifest.json"])
def test_a_damaged_backup_is_refused(
    ledger: Ledger, command: Any, empty_database_url: str, tmp_path: Path, name: str
) -> None:
    command(ledger.url, "backup", "--to", tmp_path / "b")
    path = tmp_path / "b" / name
    content = bytearray(path.read_bytes() or b"x")
    content[len(content) // 2] ^= 1
    path.write_bytes(content + b"{")
    code, said = command(empty_database_url, "restore", "--from", tmp_path / "b")
    assert code == 1
    assert "backup" in said
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_a_backup_is_never_overwritten(ledger: Ledger, command: Any, tmp_path: Path) -> None:
    assert command(ledger.url, "backup", "--to", tmp_path)[0] == 1


@pytest.fixture
def cluster() -> Iterator[Ledger]:
    with tempfile.TemporaryDirectory(prefix="cl-", ignore_cleanup_errors=True) as folder:
        server = start(Settings(data_dir=Path(folder)))
        migrate(server.dsn)
        yield Ledger(Path(folder), server.dsn)
        server.stop()


@pytest.mark.slow
def test_drill(cluster: Ledger, tmp_path: Path) -> None:
    """Back up while events arrive, lose the cluster, restore into a new one, measure it by earlier and later heads."""
    assert cluster.send(setting()) == {"accepted"}
    earlier = cluster.seal()
    acknowledged: list[int] = []
    halt = threading.Event()

    def append() -> None:
        with open_appender(cluster.settings, cluster.url) as appender:
            while not halt.is_set():
                item = cluster.intake.decode(pledge(f"D-{len(acknowledged)}", 1000), None, NOW)
                (answer,) = appender.submit([item]).result(30)
                assert answer.position is not None
                acknowledged.append(answer.position)

    thread = threading.Thread(target=append)
    thread.start()
    while len(acknowledged) < 200:
        pass
    before = len(acknowledged)
    run(cluster.settings.data_dir, "backup", "--to", str(tmp_path / "b"))
    while len(acknowledged) < before + 200:
        pass
    halt.set()
    thread.join()
    later = cluster.seal()
    for name, note in (("earlier", earlier), ("later", later)):
        (tmp_path / name).write_text(note, encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="cl-", ignore_cleanup_errors=True) as folder:
        restored = json.loads(run(Path(folder), "restore", "--from", str(tmp_path / "b"), "--json"))
        assert restored["ok"]
        assert restored["position"] >= acknowledged[before - 1]
        assert (
            json.loads(run(Path(folder), "restore-check", str(tmp_path / "earlier"), "--json"))["outcome"] == "complete"
        )
        found = json.loads(run(Path(folder), "restore-check", str(tmp_path / "later"), "--json", code=5))
        assert (found["outcome"], found["position"]) == ("rolled back", restored["position"])


def run(folder: Path, *words: str, code: int = 0) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "CROWDLEDGER_DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "ops.cli", *words], capture_output=True, text=True, check=False, timeout=120,
        env={**environment, "CROWDLEDGER_DATA_DIR": str(folder)},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done.stdout
