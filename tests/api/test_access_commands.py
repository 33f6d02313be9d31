"""`crowdledger keys` and `crowdledger users`, on a database."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import typer
from typer.testing import CliRunner, Result

from api.access import digest, verify_password
from ops import access, access_store
from ops.settings import Settings

PERSON = "ab" * 32


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.setenv("CROWDLEDGER_DATABASE_URL", database_url)
    monkeypatch.setenv("CROWDLEDGER_DATA_DIR", str(tmp_path))
    return Runner(database_url)


class Runner:
    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._app = typer.Typer()
        access.register(self._app)

    def __call__(self, *words: str, stdin: str = "") -> Result:
        return CliRunner().invoke(self._app, list(words), input=stdin)

    def store(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(statement.encode()).fetchall()


def test_key_stands_alone_on_stdout_and_only_its_digest_is_stored(run: Runner) -> None:
    done = run("keys", "create", "--role", "platform", "--name", "hz", "--source", "platform:hz")
    assert done.exit_code == 0, done.output
    key = done.stdout.strip()
    assert done.stdout == f"{key}\n"
    assert key.startswith("cl_platform_")
    ((stored, role, source),) = run.store("SELECT digest, role, source FROM api_keys")
    assert stored == digest(access_store.secrets_of(Settings.load()).api_keys, key.encode())
    assert (role, source) == ("platform", "platform:hz")
    assert key not in run("keys", "list").stdout
    assert "platform:hz" in run("keys", "list").stdout


@pytest.mark.parametrize(
    "words",
    [
        ["--role", "platform", "--name", "x"],
        ["--role", "platform", "--name", "x", "--source", "registry"],
        ["--role", "platform", "--name", "x", "--source", "platform:a b"],
        ["--role", "regulator", "--name", "x", "--source", "platform:hz"],
        ["--role", "auditor", "--name", "x", "--source", "registry"],
        ["--role", "investor", "--name", "x"],
        ["--role", "auditor", "--name", " "],
        ["--role", "auditor"],
    ],
)
def test_key_that_makes_no_sense_is_not_made(run: Runner, words: list[str]) -> None:
    assert run("keys", "create", *words).exit_code == 2
    assert run.store("SELECT count(*) FROM api_keys") == [(0,)]


def test_revoking_by_name_and_of_nothing(run: Runner) -> None:
    for _ in range(2):
        run("keys", "create", "--role", "auditor", "--name", "kpmg")
    assert run("keys", "revoke", "kpmg").exit_code == 0
    assert run.store("SELECT count(*) FROM api_keys WHERE revoked_at IS NOT NULL") == [(2,)]
    assert run("keys", "revoke", "kpmg").exit_code == 2


def test_user_gets_a_password_that_is_only_kept_as_argon2id(run: Runner) -> None:
    password = run("users", "create", "--role", "regulator", "--name", "li.wei").stdout.strip()
    ((stored,),) = run.store("SELECT password_hash FROM users")
    assert str(stored).startswith("$argon2id$")
    assert verify_password(str(stored), password)
    assert run("users", "create", "--role", "regulator", "--name", "li.wei").exit_code == 2
    assert "li.wei" in run("users", "list").stdout
    assert run("users", "disable", "li.wei").exit_code == 0
    assert run("users", "disable", "li.wei").exit_code == 2


def test_password_from_stdin_is_not_printed_and_not_short(run: Runner) -> None:
    words = ["users", "create", "--role", "investor", "--name", "wang", "--person", PERSON, "--password-stdin"]
    assert run(*words, stdin="short\n").exit_code == 2
    done = run(*words, stdin="a long enough password\n")
    assert (done.exit_code, done.stdout) == (0, "")


@pytest.mark.parametrize(
    "words",
    [["--role", "investor"], ["--role", "investor", "--person", "x"], ["--role", "auditor", "--person", PERSON],
     ["--role", "platform"]],
)  # fmt: skip
def test_user_that_makes_no_sense_is_not_made(run: Runner, words: list[str]) -> None:
    assert run("users", "create", "--name", "x", *words).exit_code == 2


def test_a_lost_password_is_replaced_and_everything_open_ends(run: Runner) -> None:
    first = run("users", "create", "--role", "platform", "--name", "hz", "--source", "platform:hz").stdout.strip()
    _sign_in(run, "hz")
    second = run("users", "reset-password", "hz").stdout.strip()
    ((stored,),) = run.store("SELECT password_hash FROM users")
    assert verify_password(str(stored), second)
    assert not verify_password(str(stored), first)
    assert run.store("SELECT count(*) FROM sessions") == [(0,)]
    assert run("users", "reset-password", "hz", "--password-stdin", stdin="short\n").exit_code == 2
    assert run("users", "reset-password", "nobody").exit_code == 2
    assert run.store("SELECT what FROM door_log") == [("password_reset",)]


def test_a_lost_second_factor_is_taken_away(run: Runner) -> None:
    run("users", "create", "--role", "regulator", "--name", "lin")
    assert run("users", "reset-totp", "lin").exit_code == 2, "there is none"
    with psycopg.connect(run.dsn) as connection:
        connection.execute("INSERT INTO second_factors SELECT id, 'derived', '', '', now(), now(), 0 FROM users")
        connection.execute("INSERT INTO recovery_codes SELECT id, 'x' FROM users")
    _sign_in(run, "lin")
    assert run("users", "reset-totp", "lin").exit_code == 0
    for table in ("second_factors", "recovery_codes", "sessions"):
        assert run.store(f"SELECT count(*) FROM {table}") == [(0,)], table


def test_disabling_ends_sessions_at_once(run: Runner) -> None:
    run("users", "create", "--role", "auditor", "--name", "shen")
    _sign_in(run, "shen")
    assert run("users", "disable", "shen").exit_code == 0
    assert run.store("SELECT count(*) FROM sessions") == [(0,)]
    assert run("users", "reset-password", "shen").exit_code == 2, "who was disabled stays so"


def _sign_in(run: Runner, name: str) -> None:
    with psycopg.connect(run.dsn) as connection:
        connection.execute(
            "INSERT INTO sessions (digest, user_id, created_at, expires_at, method, last_seen_at, rest_seconds, "
            "browser) SELECT 'x', id, now(), now() + '1 hour', 'password', now(), 3600, '' FROM users WHERE name = %s",
            [name],
        )
