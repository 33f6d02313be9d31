"""Makes a backup: one snapshot of the permanent tables, with the head it can be measured by and the erasures so far."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from ledger.kernel import clock
from ledger.kernel.named_sql import load
from ops.backup import programs
from ops.keyring import FILE as VAULT_KEYS
from ops.settings import Settings
from ops.vault import erasures

SQL = load(Path(__file__).with_name("backup.sql"))
DUMP, HEAD, REGISTER, MANIFEST = "ledger.dump", "checkpoint", "erasures.ndjson", "manifest.json"
FORM = "crowdledger/backup/v1"
# Views are built anew; sessions end. The schema is made by the migrations, so only data is kept.
_LEFT_OUT = ("view_cursors", "view_switch", "sessions", "schema_migrations", "scheduler_beats")
_SECRETS = ("secret.key", "checkpoint.key", "checkpoint-ml-dsa.key", VAULT_KEYS)


class BackupProblem(Exception):
    """The backup can't be made or used; the message says why and what to do."""


class Written(NamedTuple):
    """What was made."""

    folder: Path
    position: int
    size_bytes: int


def backup(dsn: str, to: Path) -> Written:
    """Write a backup into a folder that is not there yet; it appears when it is whole. Readers and writers go on."""
    if to.exists():
        raise BackupProblem(f"{to} is there already. Name a new folder: a backup is never overwritten.")
    building = to.with_name(f".{to.name}.{os.getpid()}")
    building.mkdir(parents=True, mode=0o700)
    try:
        position = _write(dsn, building)
        building.rename(to)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return Written(to, position, sum(path.stat().st_size for path in to.iterdir()))


def _write(dsn: str, folder: Path) -> int:
    with psycopg.connect(dsn, autocommit=True, application_name="crowdledger backup") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            row = connection.execute(SQL["snapshot"]).fetchone()
            assert row is not None, "an aggregate has one row"
            snapshot, position, migration = row
            note = connection.execute(SQL["checkpoint"]).fetchone()
            if note is not None:
                (folder / HEAD).write_text(note[0], encoding="utf-8")
            erasures.write(connection, folder / REGISTER)
            programs.run(
                "pg_dump", dsn, "--format=custom", "--data-only", "--schema=public", f"--snapshot={snapshot}",
                f"--file={folder / DUMP}", *(f"--exclude-table=public.{table}" for table in _LEFT_OUT),
            )  # fmt: skip
    manifest: dict[str, Any] = {
        "form": FORM,
        "position": position,
        "migration": migration,
        "made_at": clock.now().isoformat(),
        "files": {path.name: digest(path) for path in sorted(folder.iterdir())},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    for path in folder.iterdir():
        path.chmod(0o600)
        with path.open("rb") as file:
            os.fsync(file.fileno())
    return int(position)


def copy_secrets(settings: Settings, to: Path) -> list[str]:
    """Copy the keys that are files into another folder; their names. Without them nobody in the vault has a name."""
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    names = [name for name in _SECRETS if (settings.data_dir / name).exists()]
    for name in names:
        descriptor = os.open(to / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write((settings.data_dir / name).read_bytes())
            file.flush()
            os.fsync(file.fileno())
    return names


def digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
