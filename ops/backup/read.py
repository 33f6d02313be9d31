"""Restores a backup into an empty database, brings it up to date, and has it checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from ledger.store import vault
from ops.backup import programs
from ops.backup.check_cli import check
from ops.backup.witnessed import Outcome, Verdict
from ops.backup.write import DUMP, FORM, HEAD, MANIFEST, REGISTER, SQL, BackupProblem, digest
from ops.fsck.report import Report
from ops.fsck.run import CHECKS, fsck
from ops.migrate import migrate
from ops.vault import erasures
from projections import schemas
from projections.catalogue import VIEWS
from projections.rebuild import rebuild

Show = Callable[[str], None]


class Restored(NamedTuple):
    """What was restored, and what the checks said of it."""

    position: int
    forgotten: list[str]  # parties that were erased after the backup was made
    report: Report
    verdicts: list[Verdict]

    @property
    def ok(self) -> bool:
        """Whether everything is as it was."""
        return self.report.ok and all(each.outcome is Outcome.COMPLETE for each in self.verdicts)


def restore(
    dsn: str, folder: Path, heads: Sequence[Path], registers: Sequence[Path], keys: Sequence[str], show: Show
) -> Restored:
    """Into an empty database only. Raises BackupProblem, PostgresError, witnessed.UnusableHead."""
    manifest = _manifest(folder)
    parties = [party for path in (folder / REGISTER, *registers) for party in _register(path)]
    _must_be_empty(dsn)
    show("making the tables")
    migrate(dsn, upto=manifest["migration"])
    show("loading the data")
    programs.run(
        "pg_restore", dsn, "--data-only", "--single-transaction", "--exit-on-error", "--no-owner", str(folder / DUMP)
    )
    migrate(dsn)
    show("erasing again what was erased")
    with psycopg.connect(dsn, autocommit=True, application_name="crowdledger restore") as connection:
        forgotten = erasures.apply(connection, parties)
        vault.sweep(connection)
    show("building the views")
    schemas.prepare(dsn)
    rebuild(dsn, list(VIEWS.values()))
    show("checking")
    report = fsck(dsn, frozenset(CHECKS), lambda *_: None)
    kept = [*([folder / HEAD] if (folder / HEAD).exists() else []), *heads]
    return Restored(report.position, forgotten, report, check(dsn, kept, list(keys)))


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BackupProblem(f"{folder} is no backup: its {MANIFEST} can't be read ({error}).") from error
    if manifest.get("form") != FORM:
        raise BackupProblem(f"{folder} is a backup of the form {manifest.get('form')!r}; this program reads {FORM}.")
    for name, expected in manifest["files"].items():
        path = folder / name
        if not path.is_file() or digest(path) != expected:
            raise BackupProblem(f"{path} is missing or was altered since the backup was made. Take another backup.")
    return manifest


def _register(path: Path) -> list[str]:
    try:
        return erasures.read(path)
    except (OSError, ValueError) as error:
        raise BackupProblem(f"the register of erasures can't be read: {error}") from error


def _must_be_empty(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(SQL["is_empty"]).fetchone()
    if row is None or not row[0]:
        raise BackupProblem(
            "The database is not empty. A backup is restored into an empty one only: name another data folder "
            "(CROWDLEDGER_DATA_DIR) or database (CROWDLEDGER_DATABASE_URL)."
        )
