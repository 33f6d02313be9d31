"""The folder of an export: built out of sight inside it, put in place when it is whole, never half there."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ops.export import journal
from ops.export.standing import ExportProblem

MANIFEST: Final = "manifest.json"
FORMAT: Final = "crowdledger-export"
_BUILDING: Final = ".crowdledger-export"  # inside the folder, which may be a mount of its own
_PARTS: Final = ("events", "views", journal.FILE)


@contextmanager
def new_export(folder: Path) -> Iterator[Path]:
    """A folder to build in; when the block ends well, what is in it takes the place of an earlier export.

    Raises ExportProblem where `folder` holds other things, can't be written, or is being written by another export.
    """
    with (
        _told(folder, "What was there before is as it was. Make room there, or name another folder, and export again."),
        sole(folder),
    ):
        _must_be_ours(folder)
        building = folder / _BUILDING
        shutil.rmtree(building, ignore_errors=True)  # of an export that was killed
        building.mkdir()
        try:
            yield building
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        # From here on what is being built is left behind where anything fails: it tells the next run whose this is.
        with _told(folder, f"It stopped while files were renamed; without {MANIFEST} it is none. Export again."):
            _put_in_place(folder, building)
        shutil.rmtree(building, ignore_errors=True)


@contextmanager
def _told(folder: Path, way_out: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportProblem(f"The export to {folder} stopped: {error}. {way_out}") from error


def write_manifest(building: Path, manifest: dict[str, Any], rows: dict[Path, int]) -> dict[str, Any]:
    """Add each file's size and SHA-256 to the manifest and write it; all is on disk then. Returns what was written."""
    files = [
        {"path": path.relative_to(building).as_posix(), "rows": rows[path], **_fingerprint(path)}
        for path in sorted(rows)
    ]
    whole = {"format": FORMAT, **manifest, "files": files}
    path = building / MANIFEST
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _fingerprint(path)
    return whole


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


@contextmanager
def sole(folder: Path) -> Iterator[None]:
    """Make the folder if need be, and be the only one who writes to it. Raises ExportProblem."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise ExportProblem(f"Another export is writing to {folder}. Wait for it, or name another folder.") from None
    try:
        yield
    finally:
        os.close(descriptor)


def _must_be_ours(folder: Path) -> None:
    """Empty, or with an export of ours: its manifest, or the remains of one that was killed."""
    names = {each.name for each in folder.iterdir()}
    if not names or _BUILDING in names or _is_manifest(folder / MANIFEST):
        return
    raise ExportProblem(
        f"{folder} is not empty and holds no export of ours ({', '.join(sorted(names)[:3])}, ...). "
        "Name an empty folder, a new one, or one with an earlier export."
    )


def _is_manifest(path: Path) -> bool:
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, IsADirectoryError, ValueError):
        return False
    return isinstance(found, dict) and found.get("format") == FORMAT


def _put_in_place(folder: Path, building: Path) -> None:
    """Renames only. The manifest goes first and comes last: while it is missing nobody takes this for an export."""
    replaced = building / "replaced"
    replaced.mkdir()
    (folder / MANIFEST).unlink(missing_ok=True)
    for name in _PARTS:
        if (folder / name).exists():
            (folder / name).rename(replaced / name)
        (building / name).rename(folder / name)
    _flush(folder)
    (building / MANIFEST).rename(folder / MANIFEST)
    _flush(folder)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
