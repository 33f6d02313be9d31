"""Settings come from the environment, once; secrets are made, kept to their owner, and never shown."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ops import keyfile
from ops.settings import Settings, SettingsError


def test_defaults() -> None:
    settings = Settings.load({})
    assert settings.data_dir == Path.cwd() / "var"
    assert (settings.database_url, settings.host, settings.port) == (None, "127.0.0.1", 8000)


def test_reads_the_environment(tmp_path: Path) -> None:
    settings = Settings.load(
        {
            "CROWDLEDGER_DATA_DIR": str(tmp_path),
            "CROWDLEDGER_DATABASE_URL": "postgresql://me@db/ledger",
            "CROWDLEDGER_HOST": "0.0.0.0",
            "CROWDLEDGER_PORT": "9000",
            "CROWDLEDGER_POSTGRES_PARAMETERS": "work_mem=8MB, shared_buffers=1GB",
        }
    )
    assert settings.data_dir == tmp_path
    assert settings.database_url == "postgresql://me@db/ledger"
    assert (settings.host, settings.port) == ("0.0.0.0", 9000)
    assert settings.postgres_parameters == {"work_mem": "8MB", "shared_buffers": "1GB"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CROWDLEDGER_PORT", "http"),
        ("CROWDLEDGER_PORT", "70000"),
        ("CROWDLEDGER_PORT", "-1"),
        ("CROWDLEDGER_DATABASE_URL", "mysql://db/ledger"),
        ("CROWDLEDGER_POSTGRES_PARAMETERS", "work_mem"),
        ("CROWDLEDGER_POSTGRES_PARAMETERS", "work mem; DROP=1"),
    ],
)
def test_a_bad_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.load({name: value})


def test_an_empty_value_is_as_good_as_none() -> None:
    names = ("DATABASE_URL", "DATA_DIR", "HOST", "PORT", "SECRET_KEY", "POSTGRES_PARAMETERS")
    assert Settings.load({f"CROWDLEDGER_{name}": "" for name in names}) == Settings.load({})


def test_secrets_are_made_once_with_mode_0600(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")
    first, seed = settings.secret("sessions"), settings.checkpoint_seed()
    assert (len(first), len(seed)) == (32, 32)
    for name in ("secret.key", "checkpoint.key"):
        assert stat.S_IMODE((tmp_path / "var" / name).stat().st_mode) == 0o600
    again = Settings(data_dir=tmp_path / "var")
    assert (again.secret("sessions"), again.checkpoint_seed()) == (first, seed)


def test_each_purpose_has_its_own_key(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert len({settings.secret(purpose) for purpose in ("sessions", "keys", "identities")}) == 3


def test_a_secret_from_the_environment_needs_no_file(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="of the environment")
    assert settings.secret("keys") == Settings(data_dir=tmp_path / "other", secret_key="of the environment").secret(
        "keys"
    )
    assert not (tmp_path / "secret.key").exists()


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="hush", database_url="postgresql://me:hush@db/ledger")
    assert "hush" not in repr(settings)


def test_many_starts_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: keyfile.load_or_create(path), range(8)))
    assert len(found) == 1
    assert [left.name for left in tmp_path.iterdir()] == ["secret.key"]


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    keyfile.load_or_create(path)
    path.chmod(0o644)
    with pytest.raises(keyfile.SecretError, match="chmod 600"):
        keyfile.load_or_create(path)


@pytest.mark.parametrize("content", ["", "zz", "00" * 31])
def test_a_damaged_secret_is_refused_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(keyfile.SecretError, match="does not hold 32 bytes"):
        keyfile.load_or_create(path)
    assert path.read_text() == content
