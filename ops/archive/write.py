"""Writing an archive of inputs: what stands there already and would come out the same is left alone.

Each file holds a range of positions and is named after what is in it, so that a file that is there is whole and right:
an archive that was killed goes on where it stopped, and the next one rewrites the ranges that changed (a correction, a
joined fact) and the last. The manifest is replaced at the end, in one step; until then the old one holds, file by file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import psycopg
import pyarrow.parquet as pq

from ledger.kernel import named_sql
from ops.bars import Show
from ops.export.folder import sole
from ops.export.standing import at_one_position
from projections.catalogue import VIEWS
from risk.engines import extract
from risk.engines.archived import (
    FORMAT,
    MANIFEST,
    ArchivedFile,
    ArchivedInput,
    ArchiveError,
    Manifest,
    read_manifest,
    statement_hash,
)
from risk.engines.extract import Part
from risk.engines.judging import schema_of
from risk.evaluator import SQL as CAREFUL
from risk.inputs import INPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping

POSITIONS_PER_FILE: Final = 250_000
_PARQUET: Final[dict[str, Any]] = {"compression": "zstd", "version": "2.6"}
_ROWS_PER_GROUP: Final = 100_000
_UNFINISHED: Final = ".part"
EXPORT_SQL = named_sql.load(Path(__file__).parent.with_name("export") / "export.sql")


class Archived(NamedTuple):
    """The manifest, and how many files were written and how many left as they were."""

    manifest: Manifest
    written: int
    kept: int


def archive(dsn: str, folder: Path, show: Show, upto: int | None = None, size: int = POSITIONS_PER_FILE) -> Archived:
    """Write every input as of the head, or of `upto`. Raises ArchiveError, ExportProblem.

    Two archives of one ledger at one position have equal files.
    """
    try:
        with sole(folder):
            before = _earlier(folder)
            with at_one_position(dsn) as (connection, position):
                if upto is not None and not 0 <= upto <= position:
                    raise ArchiveError(f"--upto {upto} is not within the ledger, which ends at {position}.")
                connection.execute(CAREFUL["careful"])
                extract.take_time(connection)
                work = _Work(connection, folder, position if upto is None else upto, size, _known(before))
                found = {name: work.write(name, number, show) for number, name in enumerate(INPUTS)}
                manifest = _manifest(connection, work.cutoff, found)
            _publish(folder, manifest)
            _sweep(folder, manifest)
    except OSError as error:
        raise ArchiveError(
            f"The archive in {folder} stopped: {error}. The one before, if any, holds. Mend that, and archive again."
        ) from error
    return Archived(manifest, work.written, work.kept)


class _Work:
    """One archive on its way."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        folder: Path,
        cutoff: int,
        size: int,
        known: Mapping[str, ArchivedFile],
    ) -> None:
        self.connection, self.folder, self.cutoff, self.size = connection, folder, cutoff, size
        self.known = known
        self.written = self.kept = 0

    def write(self, name: str, number: int, show: Show) -> ArchivedInput:
        """One input. The query runs once to see what changed, and once more for the parts that did."""
        show(name, number, len(INPUTS))
        (self.folder / name).mkdir(exist_ok=True)
        prints = extract.fingerprints(self.connection, name, self.cutoff, self.size)
        wanted = {part: (_path(name, part, rows, total), rows) for part, rows, total in prints}
        files = {part: self._kept(part, path, rows) for part, (path, rows) in wanted.items()}
        missing = [part for part, file in files.items() if file is None]
        self._write(name, {part: wanted[part] for part in missing})
        whole = [file or self._described(part, *wanted[part]) for part, file in files.items()]
        self.kept += len(whole) - len(missing)
        self.written += len(missing)
        return ArchivedInput(statement_hash(name), sum(each.rows for each in whole), whole)

    def _kept(self, part: Part, path: str, rows: int) -> ArchivedFile | None:
        """What is there already. A file is put in place only when it is whole; one unlike its manifest was damaged."""
        if not (self.folder / path).is_file():
            return None
        found, old = self._described(part, path, rows), self.known.get(path)
        return found if old is None or old == found else None

    def _described(self, part: Part, path: str, rows: int) -> ArchivedFile:
        return ArchivedFile(path, part.first, part.last, rows, *_fingerprint(self.folder / path))

    def _write(self, name: str, wanted: Mapping[Part, tuple[str, int]]) -> None:
        if not wanted:
            return
        rows = extract.read_parts(self.connection, name, self.cutoff, list(wanted))
        for part, batches in groupby(rows, key=lambda each: each[0]):
            path, expected = wanted[part]
            self._write_file(name, self.folder / path, (batch for _, batch in batches), expected)

    def _write_file(self, name: str, whole: Path, batches: Iterable[Any], expected: int) -> None:
        building, count = whole.with_suffix(_UNFINISHED), 0
        with pq.ParquetWriter(building, schema_of(INPUTS[name]), **_PARQUET) as writer:
            for batch in batches:
                writer.write_batch(batch, row_group_size=_ROWS_PER_GROUP)
                count += batch.num_rows
        if count != expected:
            raise ArchiveError(f"{name} has {expected} rows and {count} were read: its query is not the same twice.")
        _fingerprint(building)
        building.replace(whole)


def _path(name: str, part: Part, rows: int, total: int) -> str:
    said = f"{statement_hash(name)} {rows} {total}"
    span = "none" if part.first is None else f"{part.first:012}-{part.last:012}"
    return f"{name}/{span}-{hashlib.sha256(said.encode()).hexdigest()[:16]}.parquet"


def _manifest(connection: psycopg.Connection[Any], cutoff: int, found: dict[str, ArchivedInput]) -> Manifest:
    checkpoint = connection.execute(EXPORT_SQL["checkpoint"], {"position": cutoff}).fetchone()
    return Manifest(
        cutoff=cutoff,
        checkpoint=checkpoint[0] if checkpoint else None,
        views={name: view.VERSION for name, view in VIEWS.items()},
        written_by={name: metadata.version(name) for name in ("crowdledger", "pyarrow")},
        inputs=found,
    )


def _earlier(folder: Path) -> Manifest | None:
    """The archive that is there. Raises ArchiveError where the folder holds other things."""
    names = {each.name for each in folder.iterdir()}
    if MANIFEST in names:
        return read_manifest(folder)
    if names - set(INPUTS) - {f"{MANIFEST}{_UNFINISHED}"}:
        raise ArchiveError(
            f"{folder} is not empty and holds no {FORMAT} ({', '.join(sorted(names)[:3])}, ...). "
            "Name an empty folder, a new one, or one with an earlier archive."
        )
    return None  # nothing, or the remains of one that was killed


def _known(before: Manifest | None) -> dict[str, ArchivedFile]:
    return {file.path: file for each in (before.inputs.values() if before else ()) for file in each.files}


def _publish(folder: Path, manifest: Manifest) -> None:
    building = folder / f"{MANIFEST}{_UNFINISHED}"
    building.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    _fingerprint(building)
    building.replace(folder / MANIFEST)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(folder: Path, manifest: Manifest) -> None:
    """Remove what the manifest does not name: ranges as they were, remains of an archive that was killed."""
    named = set(_known(manifest))
    for path in _ours(folder):
        if path.relative_to(folder).as_posix() not in named:
            path.unlink()


def _ours(folder: Path) -> Iterator[Path]:
    for name in INPUTS:
        yield from (each for each in (folder / name).iterdir() if each.suffix in {".parquet", _UNFINISHED})


def _fingerprint(path: Path) -> tuple[int, str]:
    """Size and SHA-256; the file is on disk then."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
