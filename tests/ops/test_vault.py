"""`crowdledger vault`: rotation under fire, after a kill, and erasing from the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from ledger.identity import DERIVED, UnknownKey
from ledger.intake import Intake
from ledger.people.traces import Traces, forms
from ledger.store import vault
from ops.keyring import Keyring, keyring
from ops.settings import Settings, SettingsError
from ops.vault import cli
from ops.writer import open_appender
from tests.ledger.given import NOW
from tests.ledger.store.events import event, setting


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data_dir=tmp_path, database_url=database_url, retention_years={"CN": 0})


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Any]:
    intake = Intake(settings.secret("identity"))
    assert settings.database_url is not None
    with open_appender(settings, settings.database_url) as appender:

        def send(*events: dict[str, Any]) -> list[str]:
            items = [intake.decode(each, None, NOW) for each in events]
            return [answer.status for answer in appender.submit(items).result(30)]

        assert set(send(*setting())) == {"accepted"}
        yield send


@pytest.fixture
def command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("CROWDLEDGER_DATABASE_URL", settings.database_url or "")
    monkeypatch.setenv("CROWDLEDGER_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("CROWDLEDGER_RETENTION_YEARS", "CN=0")
    app = typer.Typer()
    cli.register(app)
    app.callback()(lambda: None)
    return lambda *words, **more: CliRunner().invoke(app, ["vault", *words], **more)


def person(number: int) -> dict[str, Any]:
    return event(f"p{number}", "party.registered", time="2020-03-02T10:15:00+08:00", party=f"N{number}", kind="person",
                 name=f"名字{number}", identity={"scheme": "cn-id", "number": f"44010119900{number:07d}"})  # fmt: skip


def boxes(settings: Settings, count: int) -> None:
    """Every one of them opens with the keys at hand, and holds what was sent."""
    parties = [f"party:huizhong/N{number}" for number in range(count)]
    with psycopg.connect(settings.database_url or "") as connection:
        found = vault.opened(connection, keyring(settings), parties)
    assert {found[party]["name"] for party in parties} == {f"名字{number}" for number in range(count)}


def key_ids(settings: Settings) -> set[str]:
    with psycopg.connect(settings.database_url or "") as connection:
        rows = connection.execute("SELECT key_id FROM vault UNION SELECT key_id FROM refusal_keys").fetchall()
    return {row[0] for row in rows}


def test_rotation_while_registrations_arrive(settings: Settings, ledger: Any, command: Any) -> None:
    ledger(*(person(number) for number in range(300)), {"spoiled": "员外"})
    halt, sent = threading.Event(), [300]

    def register() -> None:
        while not halt.is_set():
            assert ledger(person(sent[0])) == ["accepted"]
            sent[0] += 1

    thread = threading.Thread(target=register)
    thread.start()
    outputs = [command("rotate") for _ in range(2)]
    halt.set()
    thread.join()
    assert [each.exit_code for each in outputs] == [0, 0], outputs[0].output
    ids = [key.id for key in keyring(settings).all()]
    assert len(ids) == 1
    assert DERIVED not in ids
    assert key_ids(settings) == set(ids)
    boxes(settings, sent[0])
    assert (settings.data_dir / "vault.keys").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_rotation_that_is_killed_is_finished_by_the_next(
    settings: Settings, ledger: Any, command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger(*(person(number) for number in range(40)))
    code = "from ledger.store import vault; vault.REWRAP_BATCH = 1; import ops.cli, sys; sys.argv = ['c', 'vault', 'rotate']; ops.cli.main()"  # noqa: E501
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 30
    while len(key_ids(settings)) < 2 and time.monotonic() < until and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    boxes(settings, 40)  # both keys are usable meanwhile
    assert command("rotate").exit_code == 0
    boxes(settings, 40)
    assert len(key_ids(settings)) == 1
    assert len(keyring(settings).all()) == 1


def test_a_lost_key_is_said_not_guessed(settings: Settings, ledger: Any, command: Any) -> None:
    ledger(person(0))
    command("rotate")
    (settings.data_dir / "vault.keys").unlink()
    with psycopg.connect(settings.database_url or "") as connection, pytest.raises(UnknownKey, match="bring back"):
        vault.opened(connection, keyring(settings), ["party:huizhong/N0"])


@pytest.mark.parametrize("text", ["", "x\n", "derived 00\n", "a zz\n", "\n"])
def test_a_damaged_file_of_keys_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vault.keys"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(SettingsError):
        Keyring(path, bytes(32)).current()


def test_erasing_and_exporting_by_command(settings: Settings, ledger: Any, command: Any, tmp_path: Path) -> None:
    ledger(person(1), person(2))
    pseudonym = command("pseudonym", "cn-id", input="440101199000000001\n").stdout.strip()
    held = json.loads(command("export", "--person", pseudonym, "--reason", "asked for", "--by", "a").stdout)
    assert held["parties"][0]["name"] == "名字1"
    words = ("erase", "--person", pseudonym, "--reason", "asked for", "--by", "a")
    assert "second_person_needed" in command(*words, "--confirmed-by", "a").stderr
    done = json.loads(command(*words, "--confirmed-by", "b").stdout)
    assert (done["parties"], done["swept"]) == (["huizhong:N1"], True)
    assert done["certificates"][0]["removed_from_files"] is True
    assert "not_found" not in command("status").stderr
    assert command("register", "--to", str(tmp_path / "erasures.ndjson")).exit_code == 0
    (line,) = (tmp_path / "erasures.ndjson").read_text().splitlines()
    assert json.loads(line)["party"] == "party:huizhong/N1"
    assert command("sweep", "--refused-days", "0").exit_code == 0


@pytest.mark.parametrize(("body", "found"), [
    ('{"a":"王小明明"}'.encode(), True),
    (b'{"a":"\\u738b\\u5c0f\\u660e\\u660e"}', True),
    (b'{"a":"\\u738B\\u5C0F\\u660E\\u660E", broken', True),
    ("王小明明".encode("utf-16-le"), True),
    ("x 王小明明 y".encode("gb18030"), True),
    (b'{"a":440101}', True),
    (b'{"a":{"b":["440101"]}}', True),
    (b"{}", False),
    (b'{"a":"Li"}', True),
    (b'{"a":"Libra"}', False),
    (b"\xff\xfe", False),
])  # fmt: skip
def test_traces_are_recognised(body: bytes, found: bool) -> None:  # noqa: FBT001
    traces = Traces(("440101",), ("王小明明", "Li"), frozenset({"platform:a"}))
    assert traces.are_in(body, "platform:a") == found


def test_names_are_looked_for_where_she_was_registered_only() -> None:
    traces = Traces((), ("王小明明",), frozenset({"platform:a"}))
    assert not traces.are_in("王小明明".encode(), "platform:b")
    assert len(forms("a/b")) >= 2
